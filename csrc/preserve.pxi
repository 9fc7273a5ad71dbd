# A block that leaves no trace: what looks at a training step runs a real one and takes it back.

cdef class preserved:
    """Context manager after which tensors are what they were before: contents, ``grad``, version.

    A graph recorded before the block can still run backward after it, although the block changed
    what the graph reads: the version counters go back together with the contents.

    Parameters
    ----------
    things : iterable of Tensor and UpdateScalars

    Examples
    --------
    >>> from autograd_mlp._engine import Variable, preserved
    >>> w = Variable([1.0, 2.0])
    >>> with preserved([w]):
    ...     w.assign([3.0, 4.0]).tolist()
    [3.0, 4.0]
    >>> w.tolist()
    [1.0, 2.0]
    """
    cdef list tensors       # (tensor, contents, grad, contents of grad)
    cdef list versions      # (tensor that owns the storage, version)
    cdef list scalars       # (UpdateScalars, cells)

    def __init__(self, things):
        self.tensors, self.versions, self.scalars = [], [], []
        seen = set()
        for thing in things:
            if id(thing) in seen:
                continue
            seen.add(id(thing))
            if isinstance(thing, UpdateScalars):
                self.scalars.append((thing, None))
                thing = (<UpdateScalars>thing).step
            if not isinstance(thing, Tensor):
                raise TypeError(f"preserved() takes tensors, got a {type(thing).__name__}")
            self.tensors.append((thing, None, None, None))

    def __enter__(self):
        cdef Tensor t
        cdef UpdateScalars s
        roots = {id(root_of(entry[0])): root_of(entry[0]) for entry in self.tensors}
        self.versions = [(t, version_of(t)) for t in roots.values()]
        self.tensors = [(t, t.array.copy(), t.grad_, None if t.grad_ is None else t.grad_.copy())
                        for t in [entry[0] for entry in self.tensors]]
        self.scalars = [(s, s.cells.copy()) for s in [entry[0] for entry in self.scalars]]
        return self

    def __exit__(self, *exc_info):
        cdef Tensor t
        cdef UpdateScalars s
        for entry, contents, grad, gradients in self.tensors:
            t = <Tensor>entry
            memcpy(cnp.PyArray_DATA(t.array), cnp.PyArray_DATA(contents),
                   cnp.PyArray_NBYTES(t.array))
            t.grad_ = grad
            if grad is not None:
                np.copyto(grad, gradients)
        for entry, version in self.versions:
            t = <Tensor>entry
            t.version = version
            if t.exposed:
                t.digest = digest(t.array)
        for entry, cells in self.scalars:
            s = <UpdateScalars>entry
            s.cells[:] = cells
        return False
