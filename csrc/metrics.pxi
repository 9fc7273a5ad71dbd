# What metrics besides means do in a training step: counts by threshold, by class and by pair of
# classes, sums by column.  Each is one call, so a step with metrics is recorded like any other.
# Sums are kept in float64, in variables.

cdef Op COUNT_BY_THRESHOLD = Op("count_by_threshold", None, family="step",
                                formula="tp[j] += Σ w·[t ≠ 0]·[p > thresholds[j]], …")
cdef Op COUNT_BY_CLASS = Op("count_by_class", None, family="step",
                            formula="tp[c] += Σ w·t·[p is chosen], …")
cdef Op COUNT_PAIRS = Op("count_pairs", None, family="step", formula="counts[t, p] += w")
cdef Op SUM_BY_COLUMN = Op("sum_by_column", None, family="step",
                           formula="Σ w·t, Σ w·t², Σ w·(t − p)², Σ w by column")


cdef enum:
    MAX_COUNTERS = 5

# How a prediction is compared with thresholds.
cdef struct Cuts:
    isize n                 # thresholds
    isize labels            # columns that are counted separately, or 1
    isize top_k             # 0: all predictions count
    bint even               # 0, 1/(n−1), …, 1: the number of those below is worked out
    bint below_zero         # the first threshold is a little less than 0
    const float *sorted_f32
    const double *sorted_f64
    const long long *order  # where the counts of each sorted threshold belong
    const double *of_column # weight of each column, or NULL
    double *bins            # (2, labels, n + 1): how often so many thresholds are below


cdef class Thresholds:
    """Thresholds for :meth:`Counters.by_threshold`.

    Parameters
    ----------
    values : sequence of float
    even : bool
        They are 0, 1/(n − 1), 2/(n − 1), … 1, except that the first may be a little less and the
        last a little more: then a prediction is put into its place by one multiplication,
        rounded in the prediction's dtype.
    labels : int, default 1
        More than 1: each column is counted separately.
    top_k : int, default 0
        Only the `top_k` largest predictions of a row can be above a threshold; 0 means all.
    of_column : array_like, optional
        Weight of each column.
    """
    cdef Cuts cuts
    cdef tuple arrays
    cdef tuple arguments

    def __init__(self, values, bint even=False, isize labels=1, isize top_k=0, of_column=None):
        self.arguments = (values, even, labels, top_k, of_column)
        sorted_ = np.array(values, np.float64)
        if sorted_.ndim != 1 or not sorted_.size or labels < 1 or top_k < 0:
            raise ValueError("Thresholds wants at least one threshold, labels > 0, top_k ≥ 0")
        order = np.argsort(sorted_, kind="stable").astype(np.int64)
        sorted_ = sorted_[order]
        narrow = sorted_.astype(np.float32)
        bins = np.zeros(2 * labels * (len(sorted_) + 1))
        columns = None if of_column is None else np.array(of_column, np.float64)
        self.arrays = (sorted_, narrow, order, bins, columns)
        self.cuts.n, self.cuts.labels, self.cuts.top_k = len(sorted_), labels, top_k
        self.cuts.even, self.cuts.below_zero = even, sorted_[0] < 0
        self.cuts.sorted_f64 = <const double *>cnp.PyArray_DATA(sorted_)
        self.cuts.sorted_f32 = <const float *>cnp.PyArray_DATA(narrow)
        self.cuts.order = <const long long *>cnp.PyArray_DATA(order)
        self.cuts.bins = <double *>cnp.PyArray_DATA(bins)
        self.cuts.of_column = NULL if columns is None else (
            <const double *>cnp.PyArray_DATA(columns))

    def __reduce__(self):
        return type(self), self.arguments


cdef class Counters:
    """Variables of float64 to which recorded calls add what they count.

    Targets and predictions are 2-D tensors of one float dtype and shape, (R, C); weights have the
    shape (R, 1), (R, C) or (1, 1) and their dtype.

    Parameters
    ----------
    variables : sequence of (Variable or None)
        Which they are says each method; None where a count is not wanted.
    """
    cdef readonly tuple variables
    cdef double *into[MAX_COUNTERS]

    def __init__(self, variables):
        cdef Variable v
        cdef int i
        self.variables = tuple(variables)
        if len(self.variables) > MAX_COUNTERS:
            raise ValueError(f"at most {MAX_COUNTERS} variables")
        for i in range(MAX_COUNTERS):
            self.into[i] = NULL
        for i, variable in enumerate(self.variables):
            if variable is not None:
                v = variable
                if cnp.PyArray_TYPE(v.array) != cnp.NPY_FLOAT64:
                    raise ValueError(f"expected variables of float64, got {v.dtype}")
                self.into[i] = <double *>cnp.PyArray_DATA(v.array)

    def __reduce__(self):
        return type(self), (self.variables,)

    cdef Node node(self, Op op, keep, Tensor t, Tensor p, Tensor w):
        cdef Node node
        cdef isize R, C
        if t.array.ndim != 2 or not same_shape(t.array, p.array) or t.array.dtype != p.array.dtype:
            raise ValueError(f"{op.name}: targets {t.shape}, {t.dtype}, and predictions "
                             f"{p.shape}, {p.dtype}, must have one 2-D shape and dtype")
        R, C = p.array.shape[0], p.array.shape[1]
        if w is not None and (w.array.dtype != p.array.dtype or w.shape not in ((R, 1), (R, C), (1, 1))):
            raise ValueError(f"{op.name}: weights {w.shape}, {w.dtype}, for predictions "
                             f"{p.shape}, {p.dtype}")
        inputs = (t, p) if w is None else (t, p, w)
        node = new_node(op, inputs, p.array, len(inputs))
        node.keep = (self, keep)
        node.call.z = self.into
        node.call.n[0], node.call.n[1] = R, C
        # how far apart the weights of two rows are; -1: there is just one weight
        node.call.n[2] = 0 if w is None else -1 if w.shape == (1, 1) else w.array.shape[1]
        return node

    cdef int count(self, Node node, step_fn what) except -1:
        node.call.forward = node.call.backward = what
        run(node, what, <double>node.call.n[0] * node.call.n[1])
        wrote(node, tuple([v for v in self.variables if v is not None]))
        return 0

    cdef int check_size(self, isize size) except -1:
        for v in self.variables:
            if v is not None and (<Tensor>v).size != size:
                raise ValueError(f"counters of {size} elements are needed, got shape {v.shape}")
        return 0

    def by_threshold(self, Tensor y_true not None, Tensor y_pred not None,
                     Thresholds thresholds not None, Tensor weights=None, column=None):
        """Add to (true positives, false positives, true negatives, false negatives).

        Parameters
        ----------
        y_true : Tensor (R, C)
            Anything but 0 counts as 1.
        y_pred : Tensor (R, C)
            Counts as 1 where it is above the threshold; NaN never is.
        thresholds : Thresholds
        weights : Tensor, optional
        column : int, optional
            The only one to count.
        """
        cdef Node node = self.node(COUNT_BY_THRESHOLD, thresholds, y_true, y_pred, weights)
        cdef isize C = node.call.n[1]
        cdef isize chosen = -1 if column is None else column
        if column is not None and not 0 <= chosen < C:
            raise ValueError(f"there is no column {column} in predictions of shape {y_pred.shape}")
        if thresholds.cuts.labels > 1 and thresholds.cuts.labels != C:
            raise ValueError(f"{thresholds.cuts.labels} labels are counted, the predictions have "
                             f"shape {y_pred.shape}")
        if thresholds.arrays[4] is not None and len(thresholds.arrays[4]) != C:
            raise ValueError(f"{len(thresholds.arrays[4])} column weights for predictions of "
                             f"shape {y_pred.shape}")
        self.check_size(thresholds.cuts.n * thresholds.cuts.labels)
        node.call.n[3] = chosen
        node.call.scratch = &thresholds.cuts
        self.count(node, count_by_threshold_forward)

    def by_class(self, Tensor y_true not None, Tensor y_pred not None, threshold=None,
                 Tensor weights=None):
        """Add to (true positives, false positives, false negatives, targets), by column.

        A prediction is chosen if it is above the threshold, or if that is None, if it is the
        largest of its row and not 0.  Counters of one element add up all columns.
        """
        cdef Node node = self.node(COUNT_BY_CLASS, None, y_true, y_pred, weights)
        cdef bint together = (<Tensor>self.variables[0]).size == 1
        self.check_size(1 if together else node.call.n[1])
        node.call.n[3] = 0 if together else 1
        node.call.a[0] = 0 if threshold is None else threshold
        node.call.a[1] = threshold is None
        self.count(node, count_by_class_forward)

    def pairs(self, Tensor y_true not None, Tensor y_pred not None, Tensor weights=None,
              ignore=None, bint whole=False):
        """Add to one matrix the weights of each pair (class of target, class of prediction).

        Classes outside of the matrix are left out, also targets of the class `ignore`.  `whole`
        cuts weights down to whole numbers.
        """
        cdef Node node = self.node(COUNT_PAIRS, None, y_true, y_pred, weights)
        node.call.n[3] = self.variables[0].shape[0]
        self.check_size(node.call.n[3] * node.call.n[3])
        node.call.a[0] = -1 if ignore is None else ignore
        node.call.a[1] = whole
        self.count(node, count_pairs_forward)

    def by_column(self, Tensor y_true not None, Tensor y_pred not None, Tensor weights=None):
        """Add to (Σ w·t, Σ w·t², Σ w·(t − p)², Σ w), each of shape (C,), and the number of
        elements."""
        cdef Node node = self.node(SUM_BY_COLUMN, None, y_true, y_pred, weights)
        for v in self.variables[:4]:
            if v.size != node.call.n[1]:
                raise ValueError(f"sums of {v.size} columns, predictions of shape {y_pred.shape}")
        self.count(node, sum_by_column_forward)


cdef inline double weight_at(cython.floating *w, isize stride, isize row,
                             isize column) noexcept nogil:
    """The weight of an element: 1 if `stride` is 0; the only one if it is -1; its row's if 1."""
    if stride == 0:
        return 1
    if stride < 0:
        return w[0]
    return w[row] if stride == 1 else w[row * stride + column]


cdef void count_by_threshold_forward(Call *c) noexcept nogil:
    cdef Cuts *s = <Cuts *>c.scratch
    memset(s.bins, 0, 2 * s.labels * (s.n + 1) * sizeof(double))
    if c.itemsize == 4:
        fill_bins(<float *>c.x[0], <float *>c.x[1], <float *>c.x[2], s.sorted_f32, c)
    else:
        fill_bins(<double *>c.x[0], <double *>c.x[1], <double *>c.x[2], s.sorted_f64, c)
    add_bins(<double **>c.z, s)

cdef void fill_bins(cython.floating *t, cython.floating *p, cython.floating *w,
                    const cython.floating *sorted_, Call *c) noexcept nogil:
    """How many thresholds each prediction is above: counted for targets 1, then targets 0."""
    cdef Cuts *s = <Cuts *>c.scratch
    cdef isize R = c.n[0], C = c.n[1], first = 0, end = C, r, j, below, last
    cdef double weight
    cdef cython.floating least = 0
    cdef double *bins
    if c.n[3] >= 0:
        first, end = c.n[3], c.n[3] + 1
    for r in range(R):
        last = C
        if s.top_k and s.top_k < C:
            last = kth_largest(p, C, s.top_k)
            least = p[last]
        for j in range(first, end):
            weight = weight_at(w, c.n[2], r, j)
            if s.of_column != NULL:
                weight *= s.of_column[j]
            if s.top_k and s.top_k < C and not (p[j] > least or (p[j] == least and j <= last)):
                below = 0
            elif s.even:
                below = place(p[j], s.n)
                if below == 0 and s.below_zero and p[j] == p[j]:
                    below = 1
            else:
                below = number_below(p[j], sorted_, s.n)
            bins = s.bins + (s.n + 1) * (j if s.labels > 1 else 0)
            if t[j] == 0:
                bins += (s.n + 1) * s.labels
            bins[below] += weight
        t += C
        p += C

cdef inline isize place(cython.floating p, isize n) noexcept nogil:
    """How many of the thresholds 0, 1/(n−1), …, 1 are less than p: ⌈p·(n − 1)⌉."""
    cdef cython.floating scaled
    cdef isize whole
    if not p > 0:
        return 0
    if p > 1:
        p = 1
    scaled = p * <cython.floating>(n - 1)
    whole = <isize>scaled
    return whole + (scaled > whole)

cdef inline isize number_below(cython.floating p, const cython.floating *sorted_,
                               isize n) noexcept nogil:
    """How many of the sorted thresholds are less than p."""
    cdef isize low = 0, high = n, middle
    while low < high:
        middle = (low + high) // 2
        if p > sorted_[middle]:
            low = middle + 1
        else:
            high = middle
    return low

cdef isize kth_largest(const cython.floating *p, isize n, isize k) noexcept nogil:
    """Index of the k-th largest element; of equal ones the first counts as larger."""
    cdef isize last = -1, best, j, i
    for i in range(k):
        best = -1
        for j in range(n):
            if ((last < 0 or p[j] < p[last] or (p[j] == p[last] and j > last))
                    and (best < 0 or p[j] > p[best]) and p[j] == p[j]):
                best = j
        if best < 0:        # the rest is NaN
            break
        last = best
    return last if last >= 0 else 0

cdef void add_bins(double **into, Cuts *s) noexcept nogil:
    """From the number of thresholds below each prediction to counts at each threshold."""
    cdef isize label, j, n = s.n
    cdef const double *positive
    cdef const double *negative
    cdef double tp, fp, tn, fn
    for label in range(s.labels):
        positive = s.bins + label * (n + 1)
        negative = positive + s.labels * (n + 1)
        tp = fp = tn = fn = 0
        for j in range(n - 1, -1, -1):
            tp += positive[j + 1]
            fp += negative[j + 1]
            if into[0] != NULL:
                into[0][s.order[j] * s.labels + label] += tp
            if into[1] != NULL:
                into[1][s.order[j] * s.labels + label] += fp
        for j in range(n):
            tn += negative[j]
            fn += positive[j]
            if into[2] != NULL:
                into[2][s.order[j] * s.labels + label] += tn
            if into[3] != NULL:
                into[3][s.order[j] * s.labels + label] += fn


cdef void count_by_class_forward(Call *c) noexcept nogil:
    if c.itemsize == 4:
        by_class(<float *>c.x[0], <float *>c.x[1], <float *>c.x[2], c)
    else:
        by_class(<double *>c.x[0], <double *>c.x[1], <double *>c.x[2], c)

cdef void by_class(cython.floating *t, cython.floating *p, cython.floating *w,
                   Call *c) noexcept nogil:
    cdef double **into = <double **>c.z
    cdef isize C = c.n[1], r, j, at
    cdef bint chosen, largest_of_row = c.a[1] != 0
    cdef cython.floating threshold = <cython.floating>c.a[0]
    cdef double weight
    for r in range(c.n[0]):
        if largest_of_row and C:
            threshold = p[0]
            for j in range(1, C):
                # as any comparison with NaN is false, NaN would hide what comes after it
                if p[j] > threshold or threshold != threshold:
                    threshold = p[j]
        for j in range(C):
            if largest_of_row:
                chosen = p[j] >= threshold and (p[j] > 1e-9 or p[j] < -1e-9)
            else:
                chosen = p[j] > threshold
            at = j * c.n[3]
            weight = weight_at(w, c.n[2], r, j)
            if chosen:
                into[0][at] += weight * t[j]
                into[1][at] += weight * (1 - t[j])
            else:
                into[2][at] += weight * t[j]
            into[3][at] += weight * t[j]
        t += C
        p += C


cdef void count_pairs_forward(Call *c) noexcept nogil:
    if c.itemsize == 4:
        count_pairs(<float *>c.x[0], <float *>c.x[1], <float *>c.x[2], c)
    else:
        count_pairs(<double *>c.x[0], <double *>c.x[1], <double *>c.x[2], c)

cdef void count_pairs(cython.floating *t, cython.floating *p, cython.floating *w,
                      Call *c) noexcept nogil:
    cdef double *counts = (<double **>c.z)[0]
    cdef isize C = c.n[1], classes = c.n[3], r, j, row, column
    cdef bint whole = c.a[1] != 0
    cdef double weight
    for r in range(c.n[0]):
        for j in range(C):
            # -1 < x keeps what becomes class 0 when cut down, as -0.5 does
            if -1 < t[j] < classes and -1 < p[j] < classes:
                row, column = <isize>t[j], <isize>p[j]
                weight = weight_at(w, c.n[2], r, j)
                if row != c.a[0]:
                    counts[row * classes + column] += <isize>weight if whole else weight
        t += C
        p += C


cdef void sum_by_column_forward(Call *c) noexcept nogil:
    if c.itemsize == 4:
        sum_by_column(<float *>c.x[0], <float *>c.x[1], <float *>c.x[2], c)
    else:
        sum_by_column(<double *>c.x[0], <double *>c.x[1], <double *>c.x[2], c)

cdef void sum_by_column(cython.floating *t, cython.floating *p, cython.floating *w,
                        Call *c) noexcept nogil:
    cdef double **into = <double **>c.z
    cdef isize C = c.n[1], r, j
    cdef double weight, target, error
    for r in range(c.n[0]):
        for j in range(C):
            weight = weight_at(w, c.n[2], r, j)
            target = t[j]
            error = target - p[j]
            into[0][j] += weight * target
            into[1][j] += weight * target * target
            into[2][j] += weight * error * error
            into[3][j] += weight
        t += C
        p += C
    into[4][0] += <double>(c.n[0] * C)
