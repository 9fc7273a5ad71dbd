"""``tf.config``: what can be asked of a library that runs on one CPU, and is always eager."""

from collections import namedtuple

__all__ = ["experimental", "functions_run_eagerly", "get_visible_devices", "list_logical_devices",
           "list_physical_devices", "run_functions_eagerly", "set_visible_devices"]

PhysicalDevice = namedtuple("PhysicalDevice", "name device_type")
_CPU = PhysicalDevice("/physical_device:CPU:0", "CPU")


def list_physical_devices(device_type=None):
    """The CPU; no GPU and nothing else."""
    return [_CPU] if device_type in (None, "CPU") else []


list_logical_devices = get_visible_devices = list_physical_devices


def set_visible_devices(devices, device_type=None):
    """Nothing to do if the CPU stays visible; hiding it raises."""
    devices = devices if isinstance(devices, (list, tuple)) else [devices]
    if device_type == "CPU" and _CPU not in devices:
        raise ValueError("autograd_mlp runs on the CPU, which cannot be hidden")


def run_functions_eagerly(run_eagerly):
    """Nothing to do: functions under ``tf.function`` always run as Python."""


def functions_run_eagerly():
    """True."""
    return True


class experimental:
    """``tf.config.experimental``."""

    list_physical_devices = staticmethod(list_physical_devices)

    @staticmethod
    def enable_op_determinism():
        """Nothing to do: one seed gives the same bits, for any number of threads."""

    @staticmethod
    def set_memory_growth(device, enable):
        """Raises: it concerns GPUs, of which none is listed."""
        raise ValueError(f"{device} is no GPU: autograd_mlp runs on the CPU")
