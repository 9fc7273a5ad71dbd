"""Time per training step beside the same training in plain NumPy; see README.md."""
