"""What a layer asks of its input, said in advance."""

from .._engine import Tensor
from .._errors import KeywordsChecked
from ..backend import standardize_shape


class InputSpec(KeywordsChecked):
    """Shape, rank and dtype of what a layer takes; assign it to ``layer.input_spec``.

    Parameters
    ----------
    dtype : str, optional
    shape : tuple of (int or None), optional
        Of a batch.
    ndim, max_ndim, min_ndim : int, optional
        Number of axes, the batch's included.
    axes : dict of int to (int or None), optional
        Lengths of single axes.
    allow_last_axis_squeeze : bool
        Take inputs that differ from `shape` by a last axis of length 1.
    name : str, optional
    optional : bool
        Whether None is an input as well.

    Examples
    --------
    >>> from autograd_mlp.layers import Layer
    >>> class Pairs(Layer):
    ...     def __init__(self):
    ...         super().__init__(name="pairs")
    ...         self.input_spec = InputSpec(ndim=2, axes={-1: 2})
    ...     def call(self, x):
    ...         return x
    >>> Pairs()([[1.0, 2.0, 3.0]])
    Traceback (most recent call last):
    ...
    ValueError: Layer 'pairs' expects axis -1 to have length 2, got an input of shape (1, 3).
    """

    def __init__(self, dtype=None, shape=None, ndim=None, max_ndim=None, min_ndim=None, axes=None,
                 allow_last_axis_squeeze=False, name=None, optional=False):
        self.dtype = dtype
        self.shape = None if shape is None else standardize_shape(shape)
        self.ndim = len(self.shape) if shape is not None else ndim
        self.max_ndim, self.min_ndim = max_ndim, min_ndim
        self.axes = {int(axis): length for axis, length in (axes or {}).items()}
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name = name
        self.optional = optional
        highest = (self.ndim if self.ndim is not None else max_ndim)
        if self.axes and highest is not None and max(self.axes) >= highest:
            raise ValueError(f"InputSpec: axis {max(self.axes)} is not among {highest} axes.")

    def get_config(self):
        """Return the constructor's arguments that say something of the shape."""
        return {"dtype": self.dtype, "shape": self.shape, "ndim": self.ndim,
                "max_ndim": self.max_ndim, "min_ndim": self.min_ndim, "axes": self.axes,
                "optional": self.optional}

    @classmethod
    def from_config(cls, config):
        """Make one from what `get_config` returned."""
        return cls(**config)

    def __repr__(self):
        said = ", ".join(f"{name}={value}" for name, value in self.get_config().items() if value)
        return f"InputSpec({said})"

    def check(self, shape, dtype, layer_name):
        """Raise ValueError unless inputs of this shape (None: not known) and dtype will do."""
        problem = self._problem(shape, dtype)
        if problem:
            raise ValueError(f"Layer '{layer_name}' expects {problem}, got an input of "
                             f"{f'dtype {dtype}' if 'dtype' in problem else f'shape {shape}'}.")

    def _problem(self, shape, dtype):
        expected = self.shape
        if expected and self.allow_last_axis_squeeze:
            expected = expected[:-1] if expected[-1] == 1 else expected
            shape = shape[:-1] if shape and shape[-1] == 1 else shape
        n = len(shape)
        if self.ndim is not None and n != (len(expected) if expected is not None else self.ndim):
            return f"{self.ndim} axes"
        if self.max_ndim is not None and n > self.max_ndim:
            return f"at most {self.max_ndim} axes"
        if self.min_ndim is not None and n < self.min_ndim:
            return f"at least {self.min_ndim} axes"
        if self.dtype is not None and dtype is not None and dtype != self.dtype:
            return f"the dtype {self.dtype}"
        for axis, length in self.axes.items():
            if not -n <= axis < n:
                return f"an axis {axis}"
            if length is not None and shape[axis] not in (length, None):
                return f"axis {axis} to have length {length}"
        if expected is not None and any(a is not None and b is not None and a != b
                                        for a, b in zip(expected, shape, strict=True)):
            return f"the shape {self.shape}"
        return None


def check_inputs(spec, inputs, layer_name):
    """Check a tensor, its shape, or a list of them against one spec or a list of them."""
    specs = list(spec.values()) if isinstance(spec, dict) else spec
    if not isinstance(specs, (list, tuple)):
        specs, inputs = [specs], [inputs]
    elif isinstance(inputs, dict):
        inputs = list(inputs.values())
    elif isinstance(inputs, Tensor) or not inputs or not isinstance(inputs[0], (Tensor, tuple)):
        inputs = [inputs]
    if len(specs) != len(inputs):
        raise ValueError(f"Layer '{layer_name}' expects {len(specs)} inputs, got {len(inputs)}.")
    for one, x in zip(specs, inputs, strict=True):
        if one is None or (x is None and one.optional):
            continue
        if isinstance(x, Tensor):
            one.check(x.shape, x.dtype, layer_name)
        else:
            one.check(x, None, layer_name)
