"""Who is measured: one entry each, with the module that has its code."""

from dataclasses import dataclass
from importlib.util import find_spec


@dataclass(frozen=True)
class Peer:
    module: str         # in this folder
    needs: tuple = ()   # packages; it is left out where one is missing


PEERS = {
    "autograd_mlp": Peer("peer_autograd_mlp"),
    "NumPy": Peer("peer_numpy"),
    "PyTorch": Peer("peer_torch", ("torch",)),
    "JAX": Peer("peer_jax", ("jax",)),
    "Keras": Peer("peer_keras", ("keras", "jax")),
}


def missing(name):
    """Packages that a peer needs and that are not installed."""
    return [package for package in PEERS[name].needs if find_spec(package) is None]
