"""``python -m autograd_mlp``; see :mod:`autograd_mlp.cli`."""

from .cli import main

if __name__ == "__main__":
    main()
