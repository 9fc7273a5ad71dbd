"""Vectors for whole numbers."""

import numbers

from .. import constraints, initializers, ops, regularizers
from .._errors import deprecated
from .layer import Layer


class Embedding(Layer):
    """A vector of its own for each of the numbers 0 … input_dim - 1, learned in training.

    Parameters
    ----------
    input_dim : int
        How many numbers there are: the largest index plus 1.
    output_dim : int
        Length of the vectors.
    embeddings_initializer : str, Initializer or callable
    embeddings_regularizer, embeddings_constraint : optional
    weights : array of shape (input_dim, output_dim), or a list with it, optional
        The vectors to begin with.
    mask_zero, lora_rank, lora_alpha, quantization_config
        Of Keras's; only their defaults, since layers here know neither masks nor quantized weights.

    Raises
    ------
    IndexError
        When called on an index that is not from 0 to ``input_dim - 1``.
    ValueError
        When called on a number that is not whole.

    Examples
    --------
    >>> layer = Embedding(3, 2, weights=[[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    >>> layer([[2, 0]]).tolist()
    [[[4.0, 5.0], [0.0, 1.0]]]
    """

    _takes_integers = True

    def __init__(
        self,
        input_dim,
        output_dim,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        embeddings_constraint=None,
        mask_zero=False,
        weights=None,
        lora_rank=None,
        lora_alpha=None,
        quantization_config=None,
        **kwargs,
    ):
        for name, value in (("input_dim", input_dim), ("output_dim", output_dim)):
            if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value <= 0:
                raise ValueError(f"Embedding: expected `{name}` to be a positive integer, got "
                                 f"{value!r} of type {type(value).__name__}.")
        length = kwargs.pop("input_length", None)
        if length is not None:
            deprecated("input_length=", "Input((length,)) as first element of Sequential",
                       "Embedding")
        for name, value in (("mask_zero", mask_zero), ("lora_rank", lora_rank),
                            ("lora_alpha", lora_alpha),
                            ("quantization_config", quantization_config)):
            if value:
                raise NotImplementedError(
                    f"Embedding: `{name}={value!r}` is not part of this library, whose layers know "
                    f"neither masks nor low-rank or quantized weights.")
        super().__init__(**kwargs)
        if length is not None:
            self._input_shape_arg = (length,) if isinstance(length, int) else tuple(length)
        self.input_dim = int(input_dim)
        self.output_dim = int(output_dim)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = mask_zero
        self.autocast = False       # an index must not be rounded
        if weights is not None:
            self.build((None,))
            self.set_weights(weights if isinstance(weights, list) and len(weights) == 1
                             else [weights])

    def build(self, input_shape):
        self.embeddings = self.add_weight(
            (self.input_dim, self.output_dim), self.embeddings_initializer, name="embeddings",
            regularizer=self.embeddings_regularizer, constraint=self.embeddings_constraint)

    def __getattr__(self, name):
        if name == "embeddings":
            raise AttributeError(f"Embedding '{self.name}' has no embeddings before it is built: "
                                 f"call it on indices, or build(input_shape).")
        return super().__getattr__(name)

    def call(self, x):
        return ops.gather(self.embeddings, x)

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.output_dim)

    def get_config(self):
        return {
            **super().get_config(),
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "embeddings_initializer": initializers.serialize(self.embeddings_initializer),
            "embeddings_regularizer": regularizers.serialize(self.embeddings_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "embeddings_constraint": constraints.serialize(self.embeddings_constraint),
            "mask_zero": self.mask_zero,
            "quantization_config": None,
        }
