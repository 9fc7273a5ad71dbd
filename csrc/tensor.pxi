# Tensor: an array, and the call that made it.

cdef extern from *:
    """
    /* FNV-1a over 8-byte words: tells whether somebody wrote into a buffer. */
    static unsigned long long digest_of(const char *p, size_t bytes) {
        unsigned long long h = 1469598103934665603ull, w;
        for (; bytes >= 8; p += 8, bytes -= 8) {
            memcpy(&w, p, 8);
            h = (h ^ w) * 1099511628211ull;
            h ^= h >> 29;
        }
        for (; bytes; p++, bytes--) h = (h ^ (unsigned char)*p) * 1099511628211ull;
        return h;
    }
    """
    unsigned long long digest_of(const char *p, size_t bytes) nogil

cdef long long next_order = 0
cdef object FLOAT32 = np.dtype(np.float32)
cdef object FLOAT64 = np.dtype(np.float64)
cdef object INT64 = np.dtype(np.int64)
cdef object UINT8 = np.dtype(np.uint8)


@cython.trashcan(True)
@cython.no_gc_clear         # __dealloc__ reads node_
@cython.freelist(32)
cdef class Tensor:
    """An array that knows how it was computed.

    Parameters
    ----------
    data : array_like
        Numbers, nested lists, a NumPy array or a Tensor; always copied.  Python numbers
        and lists become float32 unless `dtype` says otherwise; arrays keep float32 and float64
        (float16 becomes float32), and integers and booleans are kept as int64.
    dtype : {"float32", "float64", "int64"}, optional
    requires_grad : bool, default False
        Whether :meth:`backward` is to compute ``grad`` for this tensor.

    Raises
    ------
    TypeError
        If `data` is not made of real numbers, or `requires_grad` is asked of integers.

    Examples
    --------
    >>> from autograd_mlp import Tensor
    >>> w = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> loss = (w * w).sum()
    >>> loss.backward()
    >>> w.grad
    Tensor([[2., 4.],
            [6., 8.]])

    Notes
    -----
    Storage is C-contiguous and never moves.  Results of operations are new tensors;
    ``w.data = …`` and ``w.data[…] = …`` change values in place, and a backward pass that would
    have read the old ones raises.
    """
    cdef cnp.ndarray array              # the storage
    cdef Node node_                     # the call that made it, None for a leaf
    cdef cnp.ndarray grad_              # None until backward computed it
    cdef Tensor base                    # the tensor whose storage this one shares
    cdef bint requires_grad_
    cdef bint exposed                   # an array that shares the storage was handed out
    cdef unsigned long long digest      # of the storage when last looked at, if exposed
    cdef long long version              # how often the storage was changed
    cdef long long visited              # by which backward pass
    cdef public str name
    cdef object __weakref__

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        # np_array * tensor and np.exp(tensor) are ours
        return numpy_protocol().ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function, types, args, kwargs):
        return numpy_protocol().function(function, args, kwargs)

    def __init__(self, data, dtype=None, requires_grad=False):
        if self.array is not None:
            raise RuntimeError("a tensor cannot be initialised twice; assign .data instead")
        if _carries_gradient(data):
            raise ValueError(
                "Tensor() copies values, so gradients could not follow: use the tensor itself, "
                "ops.stack([...]) for a list of tensors; or begin anew from the values alone, with "
                ".item() for one number (Tensor(w.item() - 0.1 * w.grad.item())) or .detach()")
        array = _to_array(data, dtype, True)
        if requires_grad and array.dtype == INT64:
            raise TypeError("a tensor of integers has no gradient: pass dtype='float32' "
                            "(or floats) together with requires_grad=True")
        self.array = array
        self.requires_grad_ = bool(requires_grad)
        if isinstance(data, (np.ndarray, list, tuple)):
            left_the_engine("a tensor was made from an array inside the step")

    def __dealloc__(self):
        if self.node_ is not None and self.node_.output_tensor == <void *>self:
            self.node_.output_tensor = NULL

    # ---- what it is ----

    @property
    def shape(self):
        """Lengths of the axes, a tuple of int."""
        return tuple([self.array.shape[i] for i in range(self.array.ndim)])

    @property
    def ndim(self):
        """Number of axes."""
        return self.array.ndim

    @property
    def dtype(self):
        """NumPy dtype: float32, float64 or int64."""
        return self.array.dtype

    @property
    def size(self):
        """Number of elements."""
        return cnp.PyArray_SIZE(self.array)

    @property
    def requires_grad(self):
        """Whether backward computes a gradient for this tensor; settable on leaves."""
        return self.requires_grad_

    @requires_grad.setter
    def requires_grad(self, value):
        if self.node_ is not None:
            raise RuntimeError("requires_grad can be set on tensors that were not computed "
                               f"(leaves); this one was made by {self.node_.op.name}: use detach()")
        if value and self.array.dtype == INT64:
            raise TypeError("a tensor of integers has no gradient; use dtype='float32'")
        self.requires_grad_ = bool(value)

    @property
    def node(self):
        """The recorded call that made this tensor, or None for a leaf."""
        return self.node_

    @property
    def grad(self):
        """Gradient of the last ``backward()`` calls, same shape; None if none was computed."""
        if self.grad_ is None:
            return None
        return wrap(self.grad_)

    @grad.setter
    def grad(self, value):
        if value is None:
            self.grad_ = None
            return
        left_the_engine("a gradient was assigned")
        array = _to_array(value, self.array.dtype, True)
        if not same_shape(array, self.array):
            raise ValueError(f"grad must have the tensor's shape {self.shape}, "
                             f"got {np.shape(array)}")
        self.grad_ = array

    @property
    def data(self):
        """The values as a NumPy array that shares the storage.

        Assigning copies the values in (same shape).  Writing into the array changes the
        tensor; if a recorded operation still needs the old values, its backward raises.
        """
        left_the_engine("a tensor's values were read as an array")
        cdef Tensor root = root_of(self)
        if not root.exposed:
            root.digest = digest(root.array)
            root.exposed = True
        return self.array.view()

    @data.setter
    def data(self, value):
        self.assign_values(value)

    cdef int assign_values(self, value) except -1:
        cdef cnp.ndarray array
        left_the_engine("a tensor's values were assigned")
        if isinstance(value, Tensor) and (<Tensor>value).array.dtype is self.array.dtype:
            array = (<Tensor>value).array
        else:
            array = _to_array(value, self.array.dtype, False)
        if not same_shape(array, self.array):
            raise ValueError(f"the new values must have the tensor's shape {self.shape}, "
                             f"got {np.shape(array)}: storage never changes its size")
        if not cnp.PyArray_ISWRITEABLE(self.array):
            raise ValueError("this tensor shares the array that was given as data: its values "
                             "cannot be assigned; make a new tensor instead")
        memmove(cnp.PyArray_DATA(self.array), cnp.PyArray_DATA(array),
                cnp.PyArray_NBYTES(array))
        changed(self)
        return 0

    # ---- values out ----

    def numpy(self):
        """A copy of the values as a NumPy array."""
        left_the_engine("a tensor's values were read as an array")
        return self.array.copy()

    def item(self):
        """The value of a tensor of one element, as a Python number."""
        left_the_engine("a tensor's value was read as a number")
        if cnp.PyArray_SIZE(self.array) != 1:
            raise ValueError(f"item() is for tensors of one element, this one has shape "
                             f"{self.shape}: use numpy(), or reduce it first with sum() or mean()")
        return self.array.item()

    def tolist(self):
        """The values as nested Python lists."""
        return self.numpy().tolist()

    def __array__(self, dtype=None, copy=None):
        if copy is False:
            raise ValueError("a Tensor gives NumPy a copy of its values; use .data for a view")
        array = self.numpy()
        return array if dtype is None else array.astype(dtype, copy=False)

    def __float__(self):
        return float(self.item())

    def __int__(self):
        return int(self.item())

    def __index__(self):
        if self.array.dtype != INT64:
            raise TypeError("only tensors of one integer can be used as an index")
        return int(self.item())

    def __bool__(self):
        return bool(self.item())

    def __len__(self):
        if self.array.ndim == 0:
            raise TypeError("len() of a tensor without axes")
        return self.array.shape[0]

    def __iter__(self):
        if self.array.ndim == 0:
            raise TypeError("iteration over a tensor without axes")
        return (self[i] for i in range(self.array.shape[0]))

    def __repr__(self):
        text = np.array2string(self.array, separator=", ", prefix="Tensor(", threshold=200)
        if self.array.dtype != FLOAT32:
            text += f", dtype={self.array.dtype}"
        if self.node_ is not None:
            text += f", op={self.node_.op.name}"
        elif self.requires_grad_:
            text += ", requires_grad=True"
        return f"Tensor({text})"

    def __format__(self, spec):
        return format(self.item(), spec) if spec else repr(self)

    # ---- the graph ----

    def detach(self):
        """A tensor with the same storage that no gradient flows through."""
        cdef Tensor t = wrap(self.array)
        t.base = root_of(self)
        return t

    def zero_grad(self):
        """Forget the gradient: ``grad`` is None again."""
        self.grad_ = None

    def backward(self, gradient=None):
        """Compute ``grad`` of every tensor this one was computed from.

        Walks the recorded calls from the last to the first.  Gradients of leaves are added to
        what is there (as several losses would); those of intermediate tensors
        are computed anew, and kept, so that they can be looked at.  The graph stays: a second call
        adds the same gradients to the leaves once more.

        Parameters
        ----------
        gradient : array_like, optional
            Upstream gradient dL/d(self), of the tensor's shape.  May be left out for a
            tensor of one element, where it is 1.

        Raises
        ------
        RuntimeError
            If nothing here requires a gradient, or if values that backward reads
            were changed since forward.
        ValueError
            If `gradient` is missing for more than one element, or has another shape.

        Examples
        --------
        >>> from autograd_mlp import Tensor
        >>> x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
        >>> y = x ** 2
        >>> y.backward([1.0, 1.0, 10.0])
        >>> x.grad
        Tensor([ 2.,  4., 60.])
        """
        backward(self, gradient)

    def __reduce__(self):
        return _rebuild_tensor, (type(self), self.array, self.requires_grad_ and
                                 self.node_ is None, self.name)

    def __hash__(self):
        return <Py_hash_t>(<size_t><void *>self >> 4)

    # Comparisons look at values: arrays of bool, through which no gradient flows.
    def __eq__(self, other):
        return _truth(self.numpy() == _values(other))

    def __ne__(self, other):
        return _truth(self.numpy() != _values(other))

    def __lt__(self, other):
        return _truth(self.numpy() < _values(other))

    def __le__(self, other):
        return _truth(self.numpy() <= _values(other))

    def __gt__(self, other):
        return _truth(self.numpy() > _values(other))

    def __ge__(self, other):
        return _truth(self.numpy() >= _values(other))

    # ---- operators ----

    def __add__(self, other):
        return zip_two(ADD, ZIP_ADD, self, other)

    def __radd__(self, other):
        return zip_two(ADD, ZIP_ADD, other, self)

    def __sub__(self, other):
        return zip_two(SUBTRACT, ZIP_SUBTRACT, self, other)

    def __rsub__(self, other):
        return zip_two(SUBTRACT, ZIP_SUBTRACT, other, self)

    def __mul__(self, other):
        return zip_two(MULTIPLY, ZIP_MULTIPLY, self, other)

    def __rmul__(self, other):
        return zip_two(MULTIPLY, ZIP_MULTIPLY, other, self)

    def __truediv__(self, other):
        return zip_two(DIVIDE, ZIP_DIVIDE, self, other)

    def __rtruediv__(self, other):
        return zip_two(DIVIDE, ZIP_DIVIDE, other, self)

    def __pow__(self, other, modulo):
        if modulo is not None:
            raise TypeError("pow() of a tensor takes no modulus")
        return zip_two(POWER, ZIP_POWER, self, other)

    def __rpow__(self, other, modulo):
        return zip_two(POWER, ZIP_POWER, other, self)

    def __matmul__(self, other):
        return matmul(self, other)

    def __rmatmul__(self, other):
        return matmul(other, self)

    # w -= … changes a leaf in place inside no_grad(); elsewhere it makes a new tensor.
    def __iadd__(self, other):
        return _in_place(self, other, self + other)

    def __isub__(self, other):
        return _in_place(self, other, self - other)

    def __imul__(self, other):
        return _in_place(self, other, self * other)

    def __itruediv__(self, other):
        return _in_place(self, other, self / other)

    def __neg__(self):
        return negative(self)

    def __pos__(self):
        return self

    def __abs__(self):
        return OPS["abs"].function(self)

    def __getitem__(self, index):
        return OPS["getitem"].function(self, index)

    def __setitem__(self, index, value):
        raise TypeError("a tensor's elements cannot be assigned, because gradients could not "
                        "follow; write into the values with t.data[...] = ..., or build "
                        "a new tensor with ops.where or ops.concatenate")

    def __getattr__(self, name):
        # every operation is a method too: t.sum(axis=0), t.exp(), t.reshape((2, 3))
        entry = OPS.get(name)
        if entry is None or entry.family in ("loss", "metric"):
            raise AttributeError(f"Tensor has no attribute or operation {name!r}" + (
                "" if name.startswith("_") else did_you_mean(name, self)))
        return entry.function.__get__(self)

    def __dir__(self):
        return sorted(set(object.__dir__(self)) | {
            name for name, entry in OPS.items() if entry.family not in ("loss", "metric")})

    @property
    def T(self):
        """The tensor with its axes reversed."""
        return OPS["transpose"].function(self)
