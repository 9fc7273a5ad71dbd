"""Who is measured: one entry each, with the module that has its code."""

from dataclasses import dataclass
from importlib.util import find_spec


@dataclass(frozen=True)
class Peer:
    module: str         # in this folder
    imports: str        # what its users import
    script: str         # in scripts/: XOR from start to end
    needs: tuple = ()   # packages; it is left out where one is missing


PEERS = {
    "autograd_mlp": Peer("peer_autograd_mlp", "autograd_mlp", "xor_autograd_mlp.py"),
    "NumPy": Peer("peer_numpy", "numpy", "xor_numpy.py"),
    "PyTorch": Peer("peer_torch", "torch", "xor_torch.py", ("torch",)),
    "JAX": Peer("peer_jax", "jax.numpy", "xor_jax.py", ("jax",)),
    "Keras": Peer("peer_keras", "keras", "xor_keras.py", ("keras", "jax")),
}


def missing(name):
    """Packages that a peer needs and that are not installed."""
    return [package for package in PEERS[name].needs if find_spec(package) is None]
