"""save, load_weights, to_json: a model as files and text."""

import numpy as np

from .._engine import no_grad


class SaveableModel:
    """The part of `Model` that writes and reads files; see `autograd_mlp.saving`."""

    def save(self, filepath, overwrite=True, zipped=None, **kwargs):
        """Write the whole model to a ``.keras`` file (or ``.h5``): config, weights, training.

        See `autograd_mlp.saving.save_model` for the arguments; `autograd_mlp.models.load_model`
        makes the model again, here or in Keras 3.
        """
        from ..saving import save_model

        save_model(self, filepath, overwrite=overwrite, zipped=zipped, **kwargs)

    def save_weights(self, filepath, overwrite=True, max_shard_size=None):
        """Write the weights to a ``.weights.h5``, ``.npz`` or ``.safetensors`` file.

        See `autograd_mlp.saving.save_weights`.
        """
        from ..saving import save_weights

        save_weights(self, filepath, overwrite=overwrite, max_shard_size=max_shard_size)

    def load_weights(self, filepath, skip_mismatch=False, **kwargs):
        """Copy weights from a file into this model; see `autograd_mlp.saving.load_weights`."""
        from ..saving import load_weights

        load_weights(self, filepath, skip_mismatch=skip_mismatch, **kwargs)

    def build_from_config(self, config):
        """Make the weights for the shapes that `get_build_config` returned.

        Layers that make theirs in their first call are called on zeros.
        """
        super().build_from_config(config)
        shape = self._build_input_shape
        if shape is not None and not all(layer.built for layer in self._layers_inside()):
            with no_grad():
                self(np.zeros([1 if n is None else n for n in shape], self.dtype), training=False)

    def to_json(self, **kwargs):
        """Return the model's config, without weights, as JSON.

        Parameters
        ----------
        **kwargs
            For ``json.dumps``, such as ``indent=2``.

        Examples
        --------
        >>> from autograd_mlp import Input, Sequential, layers, models
        >>> model = Sequential([Input((2,)), layers.Dense(3), layers.Dense(1)])
        >>> again = models.model_from_json(model.to_json())
        >>> [layer.units for layer in again.layers]
        [3, 1]
        """
        from ..saving.archive import to_json

        return to_json(self, **kwargs)
