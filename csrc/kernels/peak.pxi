# The most multiply-adds that the core can do: what benchmarks compare matmul with.

cdef isize fma_peak(isize rounds, real *chains) noexcept nogil:
    """Multiply-adds on registers alone: `rounds` times one step of 12 independent chains.

    12 chains cover 2 units of 4 cycles latency, and with the two constants fit into the 16
    registers of AVX2.  They start from 12 vectors in memory (chains that start alike the
    compiler would make one) and end there.  Returns the number of floating-point operations.
    """
    cdef vec half = v_splat(<real>0.5), quarter = v_splat(<real>0.25)
    cdef vec a = v_load(chains), b = v_load(chains + LANES)
    cdef vec c = v_load(chains + 2 * LANES), d = v_load(chains + 3 * LANES)
    cdef vec e = v_load(chains + 4 * LANES), f = v_load(chains + 5 * LANES)
    cdef vec g = v_load(chains + 6 * LANES), h = v_load(chains + 7 * LANES)
    cdef vec i = v_load(chains + 8 * LANES), j = v_load(chains + 9 * LANES)
    cdef vec k = v_load(chains + 10 * LANES), l = v_load(chains + 11 * LANES)
    cdef isize r
    for r in range(rounds):
        a = v_fma(a, half, quarter)
        b = v_fma(b, half, quarter)
        c = v_fma(c, half, quarter)
        d = v_fma(d, half, quarter)
        e = v_fma(e, half, quarter)
        f = v_fma(f, half, quarter)
        g = v_fma(g, half, quarter)
        h = v_fma(h, half, quarter)
        i = v_fma(i, half, quarter)
        j = v_fma(j, half, quarter)
        k = v_fma(k, half, quarter)
        l = v_fma(l, half, quarter)
    v_store(chains, a)
    v_store(chains + LANES, b)
    v_store(chains + 2 * LANES, c)
    v_store(chains + 3 * LANES, d)
    v_store(chains + 4 * LANES, e)
    v_store(chains + 5 * LANES, f)
    v_store(chains + 6 * LANES, g)
    v_store(chains + 7 * LANES, h)
    v_store(chains + 8 * LANES, i)
    v_store(chains + 9 * LANES, j)
    v_store(chains + 10 * LANES, k)
    v_store(chains + 11 * LANES, l)
    return 2 * 12 * LANES * rounds


cdef void fill_peak(Kernels *k) noexcept nogil:
    k.fma_peak = <isize (*)(isize, void *) noexcept nogil>fma_peak
