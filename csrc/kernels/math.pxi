# exp, log, tanh and their relatives for one `real`, made so that a loop over an
# array of them becomes vector code.
#
# Every function is straight-line: both sides of a choice are computed and one
# is selected, because the lanes of a vector go the same way.  Only + - * /,
# fma, comparisons and integer operations on the bit pattern are used, each of
# which has one right answer; so an element's result does not depend on where
# it lies in the array or on the vector width.
#
# The plan is always the same (Cody & Waite, Software Manual for the Elementary
# Functions, 1980):  1. bring x into a small interval by an exact identity,
# 2. evaluate a polynomial there, 3. undo the identity.  The polynomials are
# minimax, found by Remez exchange with each coefficient rounded in turn and the
# rest refitted; the comment beside each gives its largest relative error.
#
# "1.1 / 1.0 ULP" is the largest distance from the exact value, in units of the
# result's last place, measured in float / double over the whole range of x on
# every CPU target.  NaN gives NaN; ±Inf, ±0 and denormals are right as well.

from libc.math cimport INFINITY, NAN


cdef inline bint is_nan_(real x) noexcept nogil:
    return x != x


# Horner's rule two coefficients at a time (Estrin 1960): p·x² + (a·x + b), with
# z = x².  As many operations as Horner's, but half as many in a row, which is
# what an out-of-order processor waits for.
cdef inline real horner2(real p, real x, real z, real a, real b) noexcept nogil:
    return fma_(p, z, fma_(a, x, b))


# ln 2 = HIGH + LOW, where HIGH has so many trailing zero bits that k·HIGH is
# exact for every exponent k (16 bits of 24, 42 of 53).
cdef inline real ln2_high() noexcept nogil:
    return <real>0.693145751953125 if sizeof(real) == 4 else <real>0.6931471805598903


cdef inline real ln2_low() noexcept nogil:
    return <real>1.4286068203094172e-06 if sizeof(real) == 4 else <real>5.497923018708371e-14


# ---- exponentials ------------------------------------------------------------
#
# e^x = 2^k · e^r,  k = round(x / ln 2),  r = x − k·ln 2 in [−ln2/2, ln2/2].
#
# Where x is so large that k leaves the range of exponents the computation gives
# nonsense, which a selection at the end replaces by the limit.  NaN passes all
# the way: comparisons with it are false and arithmetic with it gives NaN.

# x / ln 2 + c, where c = ROUNDER + an integer b: the sum is c + k, and its low
# bits are k + b.  With b an exponent's bias, shifting them up makes 2^k.
cdef inline real exponent_(real x, real c) noexcept nogil:
    return fma_(x, <real>1.4426950408889634, c)


cdef inline real power_of_2_(real rounded) noexcept nogil:
    return real_of(shift_left(bits_of(rounded), MANTISSA))


# r: the first product is exact, so the first difference is exact too.
cdef inline real remainder_(real x, real k) noexcept nogil:
    return fma_(k, -ln2_low(), fma_(k, -ln2_high(), x))


# e^r − 1 = r + r²·P(r) on [−ln2/2, ln2/2].
# float: P of degree 4, error 2^-26.1; double: degree 10, error 2^-56.8.
cdef inline real expm1_reduced_(real r) noexcept nogil:
    cdef real p, z
    z = r * r
    if sizeof(real) == 4:
        p = horner2(<real>1.38706574e-03, r, z, <real>8.36626161e-03, <real>4.16674353e-02)
        p = horner2(p, r, z, <real>1.66665465e-01, <real>0.5)
    else:
        p = horner2(<real>2.1023607795277025e-09, r, z, <real>2.510877977612268e-08, <real>2.755720049104641e-07)
        p = horner2(p, r, z, <real>2.755724470936329e-06, <real>2.4801587244676954e-05)
        p = horner2(p, r, z, <real>0.0001984126988559946, <real>0.0013888888888902943)
        p = horner2(p, r, z, <real>0.008333333333321761, <real>0.041666666666666685)
        p = horner2(p, r, z, <real>0.16666666666666677, <real>0.5)
    return fma_(z, p, r)


# e^x, 1.1 / 1.0 ULP.  2^k is applied as 2^a · 2^(k−a) with a = ⌊k/2⌋, since 2^k may itself
# overflow or be denormal; the last product rounds a denormal result, once.
cdef inline real exp_(real x) noexcept nogil:
    cdef real c, t, q, s
    cdef bits half
    c = ROUNDER + 2 * EXPONENT_BIAS                     # a bias for each factor
    t = exponent_(x, c)
    q = expm1_reduced_(remainder_(x, t - c))
    half = shift_left(bits_of(t), MANTISSA - 1) & ~MANTISSA_MASK
    s = real_of(half)
    q = fma_(s, q, s) * real_of(shift_left(bits_of(t), MANTISSA) - half)
    q = <real>INFINITY if x > (<real>89.0 if sizeof(real) == 4 else <real>710.0) else q
    return <real>0.0 if x < (<real>-104.0 if sizeof(real) == 4 else <real>-746.0) else q


# e^x − 1 = 2^k·(e^r − 1) + (2^k − 1), 1.8 / 1.9 ULP: no cancellation, as k = 0 for
# small x and the sum is then the polynomial alone.  Computed as twice its half,
# because 2^k overflows before the result does.
cdef inline real expm1_(real x) noexcept nogil:
    cdef real c, t, s, y
    c = ROUNDER + (EXPONENT_BIAS - 1)
    t = exponent_(x, c)
    s = power_of_2_(t)
    y = <real>2.0 * fma_(s, expm1_reduced_(remainder_(x, t - c)), s - <real>0.5)
    y = <real>INFINITY if x > (<real>89.0 if sizeof(real) == 4 else <real>710.0) else y
    y = <real>-1.0 if x < <real>-40.0 else y
    # e^x − 1 rounds to x here; halves of denormals and the sign of −0 would be lost
    return x if abs_(x) < <real>1e-17 else y


# 1 / (1 + e^−x), 2.0 / 2.0 ULP.  Both sides of the fraction carry a factor 2^−64,
# so that e^−x does not overflow where the result is denormal.
cdef inline real sigmoid_(real x) noexcept nogil:
    cdef real c, t, s, q, unit
    c = ROUNDER + (EXPONENT_BIAS - 64)
    unit = <real>5.421010862427522e-20                  # 2^−64
    t = exponent_(-x, c)
    s = power_of_2_(t)
    q = expm1_reduced_(remainder_(-x, t - c))
    q = unit / (s + fma_(s, q, unit))
    q = <real>1.0 if x > <real>40.0 else q
    return <real>0.0 if x < (<real>-104.0 if sizeof(real) == 4 else <real>-746.0) else q


# tanh r = r + r³·P(r²) on [−ln2/4, ln2/4].
# float: P of degree 2, error 2^-32.5; double: degree 5, error 2^-57.8.
cdef inline real tanh_reduced_(real r) noexcept nogil:
    cdef real p, z
    z = r * r
    if sizeof(real) == 4:
        p = fma_(fma_(<real>-0.05271877, z, <real>0.1333115), z, <real>-0.33333322)
    else:
        p = horner2(<real>0.0034447386501255273, z, z * z, <real>-0.008857300800834146, <real>0.02186937047920772)
        p = horner2(p, z, z * z, <real>-0.05396825277891151, <real>0.1333333333278202)
        p = fma_(p, z, <real>-0.3333333333333248)
    return fma_(p, z * r, r)


# tanh |x|, 2.5 / 2.5 ULP: with |x| = k·ln2/2 + r, s = 2^−k and u = tanh r the addition
# theorem says, as tanh (k·ln2/2) = (1 − s) / (1 + s), that it is
#     ((1 − s) + (1 + s)·u) / ((1 + s) + (1 − s)·u).
# k = 0 leaves u alone, so small x keep their digits.  At last the sign is put back.
# P is odd and r half of what e^r − 1 would need: that makes it short.  And float needs no
# low part of ln2/2, whose nearest float is off by only 2^-30, since the error of r, k times
# that, ends up multiplied by 1 − tanh².
cdef inline real tanh_(real x) noexcept nogil:
    cdef real c, a, t, k, s, r, u, q
    c = ROUNDER + EXPONENT_BIAS
    a = abs_(x)
    t = fma_(a, <real>-2.8853900817779268, c)           # −2 / ln 2
    s = power_of_2_(t)
    k = c - t
    if sizeof(real) == 4:
        r = fma_(k, <real>-0.34657359027997264, a)
    else:
        r = fma_(k, <real>-0.5 * ln2_low(), fma_(k, <real>-0.5 * ln2_high(), a))
    u = tanh_reduced_(r)
    q = fma_(<real>1.0 + s, u, <real>1.0 - s) / fma_(<real>1.0 - s, u, <real>1.0 + s)
    q = <real>1.0 if a > <real>20.0 else q
    return copysign_(q, x)


# ---- logarithms --------------------------------------------------------------
#
# x = 2^k · (1 + f),  1 + f in [√½, √2):  log x = k·ln 2 + log(1 + f).
# With s = f/(2 + f) and z = s² ≤ 0.0295:
#     log(1 + f) = log((1 + s)/(1 − s)) = 2s + s·z·P(z) = f − ½·(f² − s·(f² + 2z·P(z))),
# where the largest term, f, carries no rounding error (the arrangement of fdlibm,
# Sun Microsystems 1993).

# k·ln 2 + log(1 + f).  2·P: float degree 2, error 2^-30; double degree 6, 2^-59.
cdef inline real log_reduced_(real k, real f) noexcept nogil:
    cdef real s, z, w, p
    s = f / (f + <real>2.0)
    w = f * f
    z = s * s
    if sizeof(real) == 4:
        p = fma_(fma_(<real>5.97418606e-01, z, <real>7.99551606e-01), z, <real>1.333335518)
    else:
        p = horner2(<real>0.2959172221963049, z, z * z, <real>0.30628128723530855, <real>0.3636712711048122)
        p = horner2(p, z, z * z, <real>0.4444439717751746, <real>0.5714285748422496)
        p = horner2(p, z, z * z, <real>0.7999999999883283, <real>1.3333333333333468)
    w = fma_(k, <real>-2.0 * ln2_low(), fma_(-s, fma_(z, p, w), w))
    return fma_(k, ln2_high(), fma_(<real>-0.5, w, f))


# The pattern of x > 0 moved up so that its exponent field is k + EXPONENT_BIAS
# and its mantissa field is the distance from √½.
cdef inline bits log_pattern_(real x) noexcept nogil:
    return bits_of(x) + (bits_of(<real>1.0) - bits_of(<real>0.7071067811865476))


# ROUNDER + EXPONENT_BIAS + k
cdef inline real log_exponent_(bits pattern) noexcept nogil:
    return real_of(bits_of(ROUNDER) + shift_right(pattern, MANTISSA))


# f
cdef inline real log_fraction_(bits pattern) noexcept nogil:
    return real_of((pattern & MANTISSA_MASK) + bits_of(<real>0.7071067811865476)) - <real>1.0


# y, unless x has no finite logarithm: log 0 = −Inf, log of less NaN, and Inf and
# NaN are their own.
cdef inline real log_special_(real x, real y) noexcept nogil:
    y = y if x < <real>INFINITY else x
    y = y if x != 0 else <real>-INFINITY
    return <real>NAN if x < 0 else y


# log x, 0.9 / 1.0 ULP.  Denormals are first multiplied by 2^MANTISSA, which makes them normal.
cdef inline real log_(real x) noexcept nogil:
    cdef real scale, bias
    cdef bits pattern
    cdef bint denormal
    denormal = x < (<real>1.1754943508222875e-38 if sizeof(real) == 4 else <real>2.2250738585072014e-308)
    scale = <real>(<bits>1 << MANTISSA) if denormal else <real>1.0
    bias = ROUNDER + (EXPONENT_BIAS + MANTISSA) if denormal else ROUNDER + EXPONENT_BIAS
    pattern = log_pattern_(x * scale)
    return log_special_(x, log_reduced_(log_exponent_(pattern) - bias, log_fraction_(pattern)))


# log(1 + x), 1.5 / 1.0 ULP.  u = 1 + x rounded, and c the part rounded off (Knuth's
# exact sum, TAOCP 4.2.2), give 1 + x = u + c; u is split as in log_, and c joins f
# after the same scaling.  Where k = 0 this gives back f = x.
cdef inline real log1p_(real x) noexcept nogil:
    cdef real u, c, f, v
    cdef bits pattern
    u = <real>1.0 + x
    v = u - <real>1.0
    c = (<real>1.0 - (u - v)) + (x - v)
    pattern = log_pattern_(u)
    # 2^(1−k): its exponent stays in range up to the largest x
    v = real_of(shift_left((2 * EXPONENT_BIAS + 1) - shift_right(pattern, MANTISSA), MANTISSA))
    f = fma_(<real>0.5 * c, v, log_fraction_(pattern))
    f = log_special_(u, log_reduced_(log_exponent_(pattern) - (ROUNDER + EXPONENT_BIAS), f))
    # log(1 + x) rounds to x here; halves of denormals and the sign of −0 would be lost
    return x if abs_(x) < <real>1e-17 else f


# log(1 + z),  z = e^−|x|.  1 + z is in [1, 2]: above √2 it is halved,
# (1 + z)/2 = 1 + (z − 1)/2.
cdef inline real log1p_exp_(real x) noexcept nogil:
    cdef real z = exp_(-abs_(x))
    cdef bint halve = z > <real>0.41421356237309503
    return log_reduced_(<real>1.0 if halve else <real>0.0,
                        <real>0.5 * (z - <real>1.0) if halve else z)


# log(1 + e^x) = max(x, 0) + log(1 + e^−|x|), 1.8 / 1.6 ULP
cdef inline real softplus_(real x) noexcept nogil:
    return (<real>0.0 if x < 0 else x) + log1p_exp_(x)


# ---- error function ----------------------------------------------------------

# erf x = x + x·P(x²) for |x| < 1, else 1 − e^Q(|x|), 1.2 / 1.2 ULP, where Q = log erfc
# need not be accurate far out, as e^Q vanishes beside 1.
# float: P degree 6, error 2^-29.4; Q degree 7, 2^-35;
# double: P degree 11, error 2^-55; Q degree 17, 2^-57.
cdef inline real erf_(real x) noexcept nogil:
    cdef real a, c, z, p, q, s, t
    z = x * x
    a = abs_(x)
    if sizeof(real) == 4:
        p = horner2(<real>7.80690316e-05, z, z * z, <real>-7.99785310e-04, <real>5.18716220e-03)
        p = horner2(p, z, z * z, <real>-2.68533472e-02, <real>1.12835787e-01)
        p = horner2(p, z, z * z, <real>-3.76126260e-01, <real>1.28379166e-01)
        q = fma_(<real>-2.16949811e-05, a, <real>4.41446580e-04)
        q = horner2(q, a, a * a, <real>-4.20518080e-03, <real>2.52101235e-02)
        q = horner2(q, a, a * a, <real>-1.08421847e-01, <real>-6.33216560e-01)
        q = horner2(q, a, a * a, <real>-1.12958026e+00, <real>1.88462087e-04)
    else:
        p = fma_(<real>-7.609196590688156e-10, z, <real>1.3616939666994118e-08)
        p = horner2(p, z, z * z, <real>-1.6183966675559236e-07, <real>1.6444141733749666e-06)
        p = horner2(p, z, z * z, <real>-1.4924464819647612e-05, <real>0.00012055280461505592)
        p = horner2(p, z, z * z, <real>-0.0008548325484237535, <real>0.005223977596726496)
        p = horner2(p, z, z * z, <real>-0.02686617064195855, <real>0.11283791670936949)
        p = horner2(p, z, z * z, <real>-0.37612638903183343, <real>0.12837916709551256)
        q = fma_(<real>-4.925993437616082e-12, a, <real>2.0439531352418535e-10)
        q = horner2(q, a, a * a, <real>-3.932462516598204e-09, <real>4.6403188291091835e-08)
        q = horner2(q, a, a * a, <real>-3.731539262308986e-07, <real>2.134852391720663e-06)
        q = horner2(q, a, a * a, <real>-8.663697788330093e-06, <real>2.281122290116521e-05)
        q = horner2(q, a, a * a, <real>-2.023788619410012e-05, <real>-0.00013510824955510653)
        q = horner2(q, a, a * a, <real>0.0007707350535528346, <real>-0.0019160576989740653)
        q = horner2(q, a, a * a, <real>0.00041073829867391374, <real>0.0189900979692741)
        q = horner2(q, a, a * a, <real>-0.10270339608807226, <real>-0.6366436441898428)
        q = horner2(q, a, a * a, <real>-1.1283740857954598, <real>-5.03240424423408e-07)
    c = ROUNDER + EXPONENT_BIAS
    t = exponent_(q, c)
    s = power_of_2_(t)
    q = <real>1.0 - fma_(s, expm1_reduced_(remainder_(q, t - c)), s)
    q = <real>1.0 if a > (<real>4.0 if sizeof(real) == 4 else <real>5.95) else q
    return fma_(x, p, x) if a < <real>1.0 else copysign_(q, x)
