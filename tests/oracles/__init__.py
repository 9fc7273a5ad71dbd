"""Every operation once more, as the formula a textbook prints, in NumPy only.

The tests compare the engine with these functions; nothing here imports the package. Each function
has the name and the arguments of the operation it mirrors and returns plain arrays.

Complex numbers are welcome. For an analytic f, Im f(x + ih)/h is f'(x) without cancellation (the
complex step, Squire & Trapp 1998, with h = 1e-30), so one formula yields value and derivative.
Hence comparisons look at the real part only, and no formula applies `np.abs`, `np.maximum` or
anything else that drops the imaginary part to a quantity that is differentiated.

At kinks the branches are chosen so that the complex step gives the convention of the package:
relu'(0) = 0, abs'(0) = 0, ties of maximum and minimum share half and half, ties of max and min
share equally, clip passes the gradient on the closed interval. NaN goes through.
"""

from .activations import *  # noqa: F403
from .basics import *  # noqa: F403
from .losses import *  # noqa: F403
