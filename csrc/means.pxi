# Running means of losses and metrics over the batches of an epoch, kept in float64 variables.
# An update is a call like any other, so it can be recorded.

cdef Op MEAN_UPDATE = Op("mean_update", None, family="step", formula="total += Σ x;  count += n")

cdef class MeanAccumulator:
    """A running mean in float64, updated by recorded calls.

    Attributes
    ----------
    total, count : Variable of shape (), float64
        Weighted sum of what was taken in, and sum of the weights.
    """
    cdef readonly Variable total, count
    cdef double *values[2]      # where these two are

    def __init__(self, Variable total=None, Variable count=None):
        self.total = Variable(0.0, "float64", "total", False) if total is None else total
        self.count = Variable(0.0, "float64", "count", False) if count is None else count
        self.values[0] = one_double(self.total)
        self.values[1] = one_double(self.count)

    def __reduce__(self):
        return type(self), (self.total, self.count)

    def add(self, Tensor values not None, double weight=1.0):
        """Take the elements of a tensor in, each `weight` times (recorded)."""
        self._add(values, None, weight, 1)

    def add_samples(self, Tensor values not None, Tensor weights=None):
        """Take the mean of each sample (of all axes but the first) in (recorded).

        `weights`, of the same shape as `values`, count with their mean over each sample.
        """
        cdef isize n = cnp.PyArray_SIZE(values.array)
        cdef isize samples = values.array.shape[0] if values.array.ndim else 1
        if weights is not None and (not same_shape(weights.array, values.array)
                                    or weights.array.dtype != values.array.dtype):
            raise ValueError(f"weights of shape {weights.shape}, {weights.dtype}, for values of "
                             f"shape {values.shape}, {values.dtype}")
        self._add(values, weights, 1.0, n // samples if samples else 1)

    cdef int _add(self, Tensor values, Tensor weights, double weight, isize divisor) except -1:
        cdef Node node
        if values.array.dtype == INT64:
            values = cast_to(values, FLOAT64)
        inputs = (values,) if weights is None else (values, weights)
        node = new_node(MEAN_UPDATE, inputs, values.array, len(inputs))
        node.keep = self
        node.call.z = self.values
        node.call.n[0] = cnp.PyArray_SIZE(values.array)
        node.call.n[1] = divisor
        node.call.a[0] = weight
        node.call.forward = node.call.backward = (
            mean_update_forward if weights is None else weighted_mean_forward)
        run(node, node.call.forward, <double>node.call.n[0])
        wrote(node, (self.total, self.count))
        return 0

    def reset(self):
        """Start again from nothing."""
        self.values[0][0] = self.values[1][0] = 0
        changed(self.total)
        changed(self.count)

    def result(self):
        """The mean so far, 0.0 of nothing."""
        return self.values[0][0] / self.values[1][0] if self.values[1][0] else 0.0

cdef double *one_double(Variable v) except NULL:
    if v.array.ndim or cnp.PyArray_TYPE(v.array) != cnp.NPY_FLOAT64:
        raise ValueError(f"expected a variable of shape () in float64, got {v.shape}, {v.dtype}")
    return <double *>cnp.PyArray_DATA(v.array)

cdef void mean_update_forward(Call *c) noexcept nogil:
    cdef double **values = <double **>c.z
    cdef double sum = c.a[0] * c.k.sum(c.x[0], c.n[0])
    cdef double count = c.a[0] * c.n[0]
    if c.n[1] > 1:
        sum /= c.n[1]
        count /= c.n[1]
    values[0][0] += sum
    values[1][0] += count

cdef void weighted_mean_forward(Call *c) noexcept nogil:
    cdef double **values = <double **>c.z
    cdef double sum = (weighted_sum(<float *>c.x[0], <float *>c.x[1], c.n[0]) if c.itemsize == 4
                       else weighted_sum(<double *>c.x[0], <double *>c.x[1], c.n[0]))
    values[0][0] += sum / c.n[1]
    values[1][0] += c.k.sum(c.x[1], c.n[0]) / c.n[1]

cdef double weighted_sum(cython.floating *x, cython.floating *w, isize n) noexcept nogil:
    cdef isize i
    cdef double sum = 0
    for i in range(n):
        sum += <double>x[i] * <double>w[i]
    return sum
