"""What runs: the version of a peer and of the libraries it calculates with."""


def prepare(peer, quick=False):
    return peer.version(), None
