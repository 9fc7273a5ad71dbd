"""Files of events that TensorBoard reads, written by its own package without TensorFlow."""

import time

import numpy as np


def protos():
    """The parts of the package ``tensorboard`` that write files."""
    try:
        from tensorboard.compat.proto import event_pb2, summary_pb2
        from tensorboard.plugins.histogram.summary_v2 import histogram_pb
        from tensorboard.plugins.scalar.summary_v2 import scalar_pb
        from tensorboard.summary.writer.event_file_writer import EventFileWriter
        from tensorboard.util.tensor_util import make_tensor_proto
    except ImportError as error:
        raise ImportError("callbacks.TensorBoard needs the package tensorboard: "
                          f"pip install 'autograd_mlp[tensorboard]' ({error})") from error
    return event_pb2, summary_pb2, histogram_pb, scalar_pb, EventFileWriter, make_tensor_proto


class EventFile:
    """One file of events, in the second version of TensorBoard's format."""

    def __init__(self, folder):
        (self._event_pb2, self._summary_pb2, self._histogram_pb, self._scalar_pb, writer,
         self._make_tensor_proto) = protos()
        self._writer = writer(folder, filename_suffix=".v2")

    def scalar(self, tag, value, step):
        self._add(self._scalar_pb(tag, float(value)), step)

    def histogram(self, tag, values, step):
        """The values that are finite: a histogram has no place for the others."""
        self._add(self._histogram_pb(tag, values[np.isfinite(values)]), step)

    def image(self, tag, values, step):
        """A weight of one or two axes as one picture, the longer axis across; others as none."""
        values = np.squeeze(values)
        if values.ndim not in (1, 2):
            return
        values = np.atleast_2d(values)
        if values.shape[0] > values.shape[1]:
            values = values.T
        pixels = (np.clip(np.nan_to_num(values), 0, 1) * 255.5).astype(np.uint8)
        height, width = pixels.shape
        parts = [str(width).encode(), str(height).encode(), _png(pixels)]
        self._tensor(tag, parts, "images", b"", step)

    def model(self, description):
        """The model as JSON, for the conceptual graph."""
        self._tensor("keras", description.encode(), "graph_keras_model", b"1", 0)

    def _tensor(self, tag, value, plugin, content, step):
        metadata = self._summary_pb2.SummaryMetadata(
            plugin_data=self._summary_pb2.SummaryMetadata.PluginData(plugin_name=plugin,
                                                                     content=content))
        summary = self._summary_pb2.Summary()
        summary.value.add(tag=tag, metadata=metadata,
                          tensor=self._make_tensor_proto(value, dtype=np.object_))
        self._add(summary, step)

    def _add(self, summary, step):
        self._writer.add_event(self._event_pb2.Event(wall_time=time.time(), step=step,
                                                     summary=summary))

    def flush(self):
        self._writer.flush()

    def close(self):
        self._writer.close()


def _png(pixels):
    """Grey values, uint8 of shape (height, width), as the bytes of a PNG file.

    Examples
    --------
    >>> _png(np.zeros((2, 3), np.uint8))[:8]
    b'\\x89PNG\\r\\n\\x1a\\n'
    """
    import struct
    import zlib

    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data
                + struct.pack(">I", zlib.crc32(kind + data)))

    height, width = pixels.shape
    lines = np.zeros((height, width + 1), np.uint8)     # each begins with 0: no filter
    lines[:, 1:] = pixels
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(lines.tobytes())) + chunk(b"IEND", b""))
