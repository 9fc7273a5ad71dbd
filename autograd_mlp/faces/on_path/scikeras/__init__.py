"""Found in a process whose parent called `autograd_mlp.install_as_keras`; see `autograd_mlp.faces`.

Importing it puts the face of autograd_mlp in its place.
"""

import sys

import autograd_mlp

autograd_mlp.install_as_keras()
del sys.modules[__name__]
import scikeras  # noqa: E402, F401, I001
