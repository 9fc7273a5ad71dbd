"""Optimizers with the formulas Keras had before version 3."""

from . import standard


class RMSprop(standard.RMSprop):
    """RMSprop with ε outside of the root: w ← w − η·g / (√v + ε).

    Small gradients make much smaller steps than with ε inside; a network with a squared error
    on sigmoid outputs learns noticeably faster with this one.  Arguments as those of
    :class:`autograd_mlp.optimizers.RMSprop`.
    """

    _kind = "rmsprop_legacy"
