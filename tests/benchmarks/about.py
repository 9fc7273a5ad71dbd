"""What a peer is, and what runs on this processor."""


def prepare(peer, quick):
    """Its version with that of the libraries it calculates with; its CPU targets, if it says."""
    return {"version": peer.version(), "targets": getattr(peer, "targets", list)()}, None
