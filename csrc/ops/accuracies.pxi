# Whether a prediction is right: equal to its target, or among the k largest.  Binary,
# categorical and sparse accuracy stand with the losses, whose loops over rows they share.

@_metric(formula="[t = p]", shape_rule="(…), (…) → (…)")
def accuracy(y_true, y_pred):
    """1 where target and prediction are equal, else 0."""
    cdef Tensor t, p
    cdef Node node
    dtype = common_dtype((y_pred,))
    t, p = float_operand(y_true, dtype), float_operand(y_pred, dtype)
    if not same_shape(t.array, p.array):
        raise ValueError(f"accuracy: targets and predictions must have the same shape, got "
                         f"{t.shape} and {p.shape}")
    node = new_node(ACCURACY, (t, p), empty_like(p.array), 2)
    node.call.n[0] = cnp.PyArray_SIZE(p.array)
    node.call.forward = node.call.backward = accuracy_forward
    run(node, accuracy_forward, <double>node.call.n[0])
    return finish(node, False)
cdef Op ACCURACY = OPS["accuracy"]

cdef void accuracy_forward(Call *c) noexcept nogil:
    if c.itemsize == 4:
        equal(<float *>c.x[0], <float *>c.x[1], <float *>c.y, c.n[0])
    else:
        equal(<double *>c.x[0], <double *>c.x[1], <double *>c.y, c.n[0])

cdef void equal(cython.floating *t, cython.floating *p, cython.floating *y,
                isize n) noexcept nogil:
    cdef isize i
    for i in range(n):
        y[i] = t[i] == p[i]


cdef int check_k(str name, k) except -1:
    if isinstance(k, bool) or not hasattr(k, "__index__") or k < 1:
        raise ValueError(f"{name}: k must be a whole number of at least 1, got {k!r}")
    return 0

@_metric(formula="[fewer than k predictions > p at argmax t]", shape_rule="(…, C), (…, C) → (…)")
def top_k_categorical_accuracy(y_true, y_pred, k=5):
    """1 where the prediction at the largest target is among the k largest, else 0.

    Predictions that tie with it do not push it out; NaN counts as the smallest.
    """
    check_k("top_k_categorical_accuracy", k)
    return by_row(TOP_K, 0, y_true, y_pred, {"k": k}, k, False, top_k_forward)
cdef Op TOP_K = OPS["top_k_categorical_accuracy"]

@_metric(formula="[fewer than k predictions > p[label]]", shape_rule="(…), (…, C) → (…)")
def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5, from_sorted_ids=False):
    """1 where the prediction at the label is among the k largest, else 0.

    With ``from_sorted_ids=True`` the predictions are class numbers, the likeliest first: 1 where
    the label is one of the first k.
    """
    check_k("sparse_top_k_categorical_accuracy", k)
    return by_row(SPARSE_TOP_K, 0, y_true, y_pred,
                  {"k": k, "from_sorted_ids": bool(from_sorted_ids)}, k, True,
                  sorted_ids_forward if from_sorted_ids else sparse_top_k_forward)
cdef Op SPARSE_TOP_K = OPS["sparse_top_k_categorical_accuracy"]
SPARSE_TOP_K.complain = _no_such_class

cdef void top_k_forward(Call *c) noexcept nogil:
    if c.itemsize == 4:
        top_k(<float *>c.x[0], NULL, <float *>c.x[1], <float *>c.y, c)
    else:
        top_k(<double *>c.x[0], NULL, <double *>c.x[1], <double *>c.y, c)

cdef void sparse_top_k_forward(Call *c) noexcept nogil:
    if c.itemsize == 4:
        top_k(<float *>NULL, <long long *>c.x[0], <float *>c.x[1], <float *>c.y, c)
    else:
        top_k(<double *>NULL, <long long *>c.x[0], <double *>c.x[1], <double *>c.y, c)

cdef void top_k(cython.floating *t, const long long *labels, cython.floating *p,
                cython.floating *y, Call *c) noexcept nogil:
    cdef isize C = c.n[1], r, j, at, larger
    for r in range(c.n[0]):
        if labels == NULL:
            at = 0
            for j in range(1, C):
                if t[j] > t[at]:
                    at = j
            t += C
        else:
            at = labels[r]
            if at >= C:
                c.status = r
                return
            if at < 0:          # one that the loss ignores: no prediction is right
                y[r] = 0
                p += C
                continue
        larger = 0
        for j in range(C):
            larger += p[j] > p[at] or (p[at] != p[at] and p[j] == p[j])
        y[r] = larger < c.a[0]
        p += C

cdef void sorted_ids_forward(Call *c) noexcept nogil:
    if c.itemsize == 4:
        sorted_ids(<long long *>c.x[0], <float *>c.x[1], <float *>c.y, c)
    else:
        sorted_ids(<long long *>c.x[0], <double *>c.x[1], <double *>c.y, c)

cdef void sorted_ids(const long long *labels, cython.floating *p, cython.floating *y,
                     Call *c) noexcept nogil:
    cdef isize C = c.n[1], r, j
    for r in range(c.n[0]):
        y[r] = 0
        for j in range(C):
            if j < c.a[0] and p[j] == labels[r]:
                y[r] = 1
        p += C
