"""The float type of a layer, as Keras writes it in configurations.

A policy says in which type a layer keeps its weights and in which it computes. Here both are the
same, ``'float32'`` or ``'float64'``: the mixed policies (``'mixed_float16'``) gain nothing on a
CPU and raise.
"""

from ._errors import KeywordsChecked
from .backend import float_dtype, floatx

_policy = None  # what set_dtype_policy set


class DTypePolicy(KeywordsChecked):
    """Which float type a layer uses.

    Parameters
    ----------
    name : {'float32', 'float64'}

    Attributes
    ----------
    name, compute_dtype, variable_dtype : str
        All the same.

    Examples
    --------
    >>> DTypePolicy("float64")
    <DTypePolicy "float64">
    """

    quantization_mode = None

    def __init__(self, name):
        if isinstance(name, str) and (name.startswith("mixed_") or "_from_" in name):
            raise ValueError(f"The dtype policy '{name}' is not available: weights and computation "
                             f"have one type here, 'float32' or 'float64'.")
        self.name = self.compute_dtype = self.variable_dtype = float_dtype(name)

    def get_config(self):
        """Return the constructor's argument."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config):
        """Make a policy from what `get_config` returned."""
        return cls(**config)

    def __eq__(self, other):
        return isinstance(other, DTypePolicy) and other.name == self.name

    def __hash__(self):
        return hash(self.name)

    def __repr__(self):
        return f'<DTypePolicy "{self.name}">'


_POLICIES = {name: DTypePolicy(name) for name in ("float32", "float64")}


def dtype_policy():
    """Return the policy of layers that are not given one; `floatx` unless it was set."""
    return _policy or _POLICIES[floatx()]


def set_dtype_policy(policy):
    """Set the policy of layers that are not given one.

    Parameters
    ----------
    policy : str, DTypePolicy, dict or None
        None goes back to `floatx`.
    """
    global _policy
    _policy = None if policy is None else get(policy)


def get(identifier):
    """Return the policy that `identifier` stands for.

    Parameters
    ----------
    identifier : str, dtype, DTypePolicy, dict or None
        None means `dtype_policy`.

    Raises
    ------
    ValueError
        For any type but float32 and float64, and for policies of quantized layers.

    Examples
    --------
    >>> get({"class_name": "DTypePolicy", "config": {"name": "float32"}})
    <DTypePolicy "float32">
    """
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        kind = identifier.get("class_name")
        if kind not in ("DTypePolicy", "FloatDTypePolicy"):
            raise ValueError(f"A dtype policy given as a dictionary needs the 'class_name' "
                             f"'DTypePolicy', got {kind!r}: layers are not quantized here.")
        return get(identifier["config"]["name"])
    found = _POLICIES.get(identifier) if isinstance(identifier, str) else None
    return found or DTypePolicy(identifier)


def serialize(policy):
    """Return a policy as Keras writes it.

    Examples
    --------
    >>> serialize(DTypePolicy("float32"))["config"]
    {'name': 'float32'}
    """
    return {"module": "keras", "class_name": "DTypePolicy", "config": policy.get_config(),
            "registered_name": None}


def deserialize(config):
    """Return the policy that `serialize` described."""
    return get(config)
