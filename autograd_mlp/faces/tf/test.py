"""``tf.test``: questions about the machine."""

__all__ = ["gpu_device_name", "is_built_with_cuda", "is_gpu_available"]


def is_gpu_available(*args, **kwargs):
    """False: autograd_mlp runs on the CPU."""
    return False


def is_built_with_cuda():
    """False."""
    return False


def gpu_device_name():
    """An empty string: there is none."""
    return ""
