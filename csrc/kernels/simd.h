/* What a kernel file may say of the machine: the element type it is compiled
 * for, that type's vector on the target, and fused multiply-add.
 *
 * setup.py compiles every kernel file once per CPU target and once per dtype,
 * with -DKERNEL_REAL=float or double; `real` and `vec` below are those of the
 * module being compiled, so a kernel body exists once.
 *
 * All kernels are compiled with -ffp-contract=off: a product and a sum are
 * fused where the source says fma and nowhere else.  Targets that have FMA
 * (AVX2, AVX-512, NEON) therefore give the same bits, whatever the compiler
 * does with loops and tails.
 */
#ifndef AUTOGRAD_MLP_SIMD_H
#define AUTOGRAD_MLP_SIMD_H

#include <math.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#ifndef KERNEL_REAL
#define KERNEL_REAL float
#define KERNEL_REAL_BYTES 4
#endif
typedef KERNEL_REAL real;

/* ---- scalars ------------------------------------------------------------ */

#if KERNEL_REAL_BYTES == 4
typedef uint32_t bits;
#else
typedef uint64_t bits;
#endif

/* The bit pattern of x as an unsigned integer of the same width, and back. */
static inline bits bits_of(real x) { bits b; memcpy(&b, &x, sizeof b); return b; }
static inline real real_of(bits b) { real x; memcpy(&x, &b, sizeof x); return x; }

/* a*b + c, rounded once where the target can do that in one instruction. */
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define HAS_FMA 1
#else
#define HAS_FMA 0
#endif

static inline real fma_(real a, real b, real c)
{
#if !HAS_FMA
    return a * b + c;
#elif KERNEL_REAL_BYTES == 4
    return __builtin_fmaf(a, b, c);
#else
    return __builtin_fma(a, b, c);
#endif
}

/* Parts of a real's bit pattern: sign, exponent, MANTISSA bits of mantissa. */
#if KERNEL_REAL_BYTES == 4
#define MANTISSA 23
#define EXPONENT_BIAS 127
#define MANTISSA_MASK ((bits)0x7FFFFF)
#else
#define MANTISSA 52
#define EXPONENT_BIAS 1023
#define MANTISSA_MASK ((bits)0xFFFFFFFFFFFFF)
#endif

/* 1.5 * 2^MANTISSA.  One unit in the last place of this number is 1, so adding
 * it to a small x rounds x to an integer k, and k then stands in the low bits
 * of the sum: a conversion to integer that every target has as a vector. */
#define ROUNDER ((real)3 * ((bits)1 << (MANTISSA - 1)))

/* Shifts of the pattern that bring in zeros from either side. */
static inline bits shift_left(bits b, int n) { return b << n; }
static inline bits shift_right(bits b, int n) { return b >> n; }

/* Asks for the cache line at p, without waiting for it. */
static inline void prefetch_(const void *p)
{
#if defined(__GNUC__)
    __builtin_prefetch(p);
#else
    (void)p;
#endif
}

/* Functions of the C library that are one or two instructions. */
#if KERNEL_REAL_BYTES == 4
static inline real sqrt_(real x) { return sqrtf(x); }
static inline real abs_(real x) { return fabsf(x); }
static inline real floor_(real x) { return floorf(x); }
static inline real round_(real x) { return rintf(x); }        /* half to even */
static inline real copysign_(real x, real sign) { return copysignf(x, sign); }
#else
static inline real sqrt_(real x) { return sqrt(x); }
static inline real abs_(real x) { return fabs(x); }
static inline real floor_(real x) { return floor(x); }
static inline real round_(real x) { return rint(x); }
static inline real copysign_(real x, real sign) { return copysign(x, sign); }
#endif

/* ---- vectors ------------------------------------------------------------ */

#if defined(__AVX512F__)
#define VEC_BYTES 64
#elif defined(__AVX2__)
#define VEC_BYTES 32
#elif defined(__GNUC__)
#define VEC_BYTES 16
#else
#define VEC_BYTES KERNEL_REAL_BYTES     /* no vector types: a vector of one */
#endif
#define LANES (VEC_BYTES / KERNEL_REAL_BYTES)

#if defined(__GNUC__)
typedef real vec __attribute__((vector_size(VEC_BYTES)));
/* the same vector in memory, where it need not be aligned */
typedef real vec_in_memory __attribute__((vector_size(VEC_BYTES), aligned(KERNEL_REAL_BYTES), may_alias));
#else
typedef real vec;
typedef real vec_in_memory;
#endif

static inline vec v_load(const real *p) { return *(const vec_in_memory *)p; }
static inline void v_store(real *p, vec v) { *(vec_in_memory *)p = v; }
#if defined(__GNUC__)
static inline vec v_splat(real x) { return x - (vec){0}; }   /* keeps -0, Inf, NaN */
#else
static inline vec v_splat(real x) { return x; }
#endif

/* The first n lanes (0 < n <= LANES); the others are read as 0, and not written. */
#if defined(__AVX512F__) && KERNEL_REAL_BYTES == 4
static inline vec v_load_n(const real *p, int n) { return (vec)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p); }
static inline void v_store_n(real *p, vec v, int n) { _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v); }
#elif defined(__AVX512F__)
static inline vec v_load_n(const real *p, int n) { return (vec)_mm512_maskz_loadu_pd((__mmask8)((1u << n) - 1), p); }
static inline void v_store_n(real *p, vec v, int n) { _mm512_mask_storeu_pd(p, (__mmask8)((1u << n) - 1), (__m512d)v); }
#elif defined(__AVX2__)
static inline __m256i v_first_n(int n)          /* n lanes of ones, then zeros */
{
    static const bits edge[2 * LANES] = {
#if KERNEL_REAL_BYTES == 4
        -1, -1, -1, -1,
#endif
        -1, -1, -1, -1};
    return _mm256_loadu_si256((const __m256i *)(edge + LANES - n));
}
#if KERNEL_REAL_BYTES == 4
static inline vec v_load_n(const real *p, int n) { return (vec)_mm256_maskload_ps(p, v_first_n(n)); }
static inline void v_store_n(real *p, vec v, int n) { _mm256_maskstore_ps(p, v_first_n(n), (__m256)v); }
#else
static inline vec v_load_n(const real *p, int n) { return (vec)_mm256_maskload_pd(p, v_first_n(n)); }
static inline void v_store_n(real *p, vec v, int n) { _mm256_maskstore_pd(p, v_first_n(n), (__m256d)v); }
#endif
#elif defined(__GNUC__)
static inline vec v_load_n(const real *p, int n)    /* 2 or 4 lanes: no call of memcpy */
{
#if KERNEL_REAL_BYTES == 4
    if (n == 4) return v_load(p);
    if (n == 3) return (vec){p[0], p[1], p[2], 0};
#endif
    if (n == 2) return (vec){p[0], p[1]};
    return (vec){p[0]};
}
static inline void v_store_n(real *p, vec v, int n)
{
    for (int lane = 0; lane < LANES; lane++)
        if (lane < n) p[lane] = v[lane];
}
#else
static inline vec v_load_n(const real *p, int n) { (void)n; return *p; }
static inline void v_store_n(real *p, vec v, int n) { (void)n; *p = v; }
#endif

/* The lower half of the lanes to one place, the upper half to another */
static inline void v_store_halves(real *low, real *high, vec v)
{
#if defined(__AVX512F__) && defined(__AVX512DQ__)
    _mm256_storeu_ps((float *)low, _mm512_castps512_ps256((__m512)v));
    _mm256_storeu_ps((float *)high, _mm512_extractf32x8_ps((__m512)v, 1));
#elif defined(__AVX2__)
    _mm_storeu_ps((float *)low, _mm256_castps256_ps128((__m256)v));
    _mm_storeu_ps((float *)high, _mm256_extractf128_ps((__m256)v, 1));
#else
    real lane[LANES];
    v_store(lane, v);
    for (int i = 0; i < LANES / 2; i++) low[i] = lane[i];
    for (int i = LANES / 2; i < LANES; i++) high[i - LANES / 2] = lane[i];
#endif
}

static inline vec v_fma(vec a, vec b, vec c)
{
#if defined(__AVX512F__) && KERNEL_REAL_BYTES == 4
    return (vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__AVX512F__)
    return (vec)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif defined(__AVX2__) && defined(__FMA__) && KERNEL_REAL_BYTES == 4
    return (vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__AVX2__) && defined(__FMA__)
    return (vec)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#elif defined(__aarch64__) && defined(__GNUC__) && KERNEL_REAL_BYTES == 4
    return (vec)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#elif defined(__aarch64__) && defined(__GNUC__)
    return (vec)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
#elif HAS_FMA && defined(__GNUC__)
    vec r;
    for (int i = 0; i < LANES; i++) r[i] = fma_(a[i], b[i], c[i]);
    return r;
#elif HAS_FMA
    return fma_(a, b, c);
#else
    return a * b + c;
#endif
}

/* The larger of two, lane by lane; where a is NaN, b. */
static inline vec v_max(vec a, vec b)
{
#if defined(__AVX512F__) && KERNEL_REAL_BYTES == 4
    return (vec)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX512F__)
    return (vec)_mm512_max_pd((__m512d)a, (__m512d)b);
#elif defined(__AVX2__) && KERNEL_REAL_BYTES == 4
    return (vec)_mm256_max_ps((__m256)a, (__m256)b);
#elif defined(__AVX2__)
    return (vec)_mm256_max_pd((__m256d)a, (__m256d)b);
#elif defined(__SSE2__) && KERNEL_REAL_BYTES == 4
    return (vec)_mm_max_ps((__m128)a, (__m128)b);
#elif defined(__SSE2__)
    return (vec)_mm_max_pd((__m128d)a, (__m128d)b);
#elif defined(__GNUC__)
    for (int i = 0; i < LANES; i++) b[i] = a[i] > b[i] ? a[i] : b[i];
    return b;
#else
    return a > b ? a : b;
#endif
}

/* The largest lane of a vector without NaN */
static inline real v_largest(vec v)
{
#if defined(__AVX512F__) && KERNEL_REAL_BYTES == 4
    return _mm512_reduce_max_ps((__m512)v);
#elif defined(__AVX512F__)
    return _mm512_reduce_max_pd((__m512d)v);
#elif defined(__AVX2__) && KERNEL_REAL_BYTES == 4
    __m128 h = _mm_max_ps(_mm256_castps256_ps128((__m256)v), _mm256_extractf128_ps((__m256)v, 1));
    h = _mm_max_ps(h, _mm_movehl_ps(h, h));
    return _mm_cvtss_f32(_mm_max_ss(h, _mm_movehdup_ps(h)));
#elif defined(__AVX2__)
    __m128d h = _mm_max_pd(_mm256_castpd256_pd128((__m256d)v), _mm256_extractf128_pd((__m256d)v, 1));
    return _mm_cvtsd_f64(_mm_max_sd(h, _mm_unpackhi_pd(h, h)));
#elif defined(__GNUC__)
    real m = v[0];
    for (int i = 1; i < LANES; i++) m = v[i] > m ? v[i] : m;
    return m;
#else
    return v;
#endif
}

/* Bit i is set where lane i of a and b are equal (so never where one is NaN). */
static inline unsigned v_equal(vec a, vec b)
{
#if defined(__AVX512F__) && KERNEL_REAL_BYTES == 4
    return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_EQ_OQ);
#elif defined(__AVX512F__)
    return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_EQ_OQ);
#elif defined(__AVX2__) && KERNEL_REAL_BYTES == 4
    return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps((__m256)a, (__m256)b, _CMP_EQ_OQ));
#elif defined(__AVX2__)
    return (unsigned)_mm256_movemask_pd(_mm256_cmp_pd((__m256d)a, (__m256d)b, _CMP_EQ_OQ));
#elif defined(__GNUC__)
    unsigned mask = 0;
    for (int i = 0; i < LANES; i++) mask |= (unsigned)(a[i] == b[i]) << i;
    return mask;
#else
    return a == b;
#endif
}

/* Bit i is set where lane i of a is at most that of b (so never where one is NaN). */
static inline unsigned v_at_most(vec a, vec b)
{
#if defined(__AVX512F__) && KERNEL_REAL_BYTES == 4
    return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_LE_OQ);
#elif defined(__AVX512F__)
    return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_LE_OQ);
#elif defined(__AVX2__) && KERNEL_REAL_BYTES == 4
    return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps((__m256)a, (__m256)b, _CMP_LE_OQ));
#elif defined(__AVX2__)
    return (unsigned)_mm256_movemask_pd(_mm256_cmp_pd((__m256d)a, (__m256d)b, _CMP_LE_OQ));
#elif defined(__GNUC__)
    unsigned mask = 0;
    for (int i = 0; i < LANES; i++) mask |= (unsigned)(a[i] <= b[i]) << i;
    return mask;
#else
    return a <= b;
#endif
}

#define ALL_LANES ((2u << (LANES - 1)) - 1)
/* The number of the lowest bit that is set; m is not 0. */
static inline int first_bit(unsigned m)
{
#if defined(__GNUC__)
    return __builtin_ctz(m);
#else
    int i = 0;
    while (!(m >> i & 1)) i++;
    return i;
#endif
}

/* The first n lanes (0 < n <= LANES) from p, the others from `other` */
static inline vec v_load_n_or(const real *p, int n, vec other)
{
#if defined(__AVX512F__) && KERNEL_REAL_BYTES == 4
    return (vec)_mm512_mask_loadu_ps((__m512)other, (__mmask16)((1u << n) - 1), p);
#elif defined(__AVX512F__)
    return (vec)_mm512_mask_loadu_pd((__m512d)other, (__mmask8)((1u << n) - 1), p);
#elif defined(__AVX2__) && KERNEL_REAL_BYTES == 4
    return (vec)_mm256_blendv_ps((__m256)other, (__m256)v_load_n(p, n), _mm256_castsi256_ps(v_first_n(n)));
#elif defined(__AVX2__)
    return (vec)_mm256_blendv_pd((__m256d)other, (__m256d)v_load_n(p, n), _mm256_castsi256_pd(v_first_n(n)));
#elif defined(__GNUC__)
    for (int i = 0; i < LANES; i++) other[i] = i < n ? p[i] : other[i];
    return other;
#else
    (void)n; (void)other;
    return *p;
#endif
}

/* ---- sums in float64 ------------------------------------------------------ */

/* A sum is kept in SUM_LANES float64 numbers, whatever the vectors of the target,
 * and these are added up by halves: 8 to 8, 4 to 4, 2 to 2, 1 to 1.  So its bits
 * are the same on all targets.  `wide` is a vector of float64; a sum is
 * SUM_VECTORS of them. */
#define SUM_LANES 16
#if defined(__GNUC__)
#define WIDE_LANES (VEC_BYTES / 8)
typedef double wide __attribute__((vector_size(VEC_BYTES)));
static inline wide w_zero(void) { return (wide){0}; }
#else
#define WIDE_LANES 1
typedef double wide;
static inline wide w_zero(void) { return 0; }
#endif

/* WIDE_LANES numbers from p.  (gcc makes of __builtin_convertvector four times the
 * instructions.) */
static inline wide w_load(const real *p)
{
#if defined(__GNUC__) && KERNEL_REAL_BYTES == 8
    return (wide)v_load(p);
#elif defined(__AVX512F__)
    return (wide)_mm512_cvtps_pd(_mm256_loadu_ps(p));
#elif defined(__AVX2__)
    return (wide)_mm256_cvtps_pd(_mm_loadu_ps(p));
#elif defined(__GNUC__)
    return (wide){p[0], p[1]};
#else
    return *p;
#endif
}
#define SUM_VECTORS (SUM_LANES / WIDE_LANES)

static inline double w_total(const wide *sum)
{
    wide half[SUM_VECTORS];
    for (int i = 0; i < SUM_VECTORS; i++) half[i] = sum[i];
    for (int n = SUM_VECTORS / 2; n > 0; n /= 2)
        for (int i = 0; i < n; i++) half[i] = half[i] + half[i + n];
#if defined(__AVX__)
#if defined(__AVX512F__)
    __m256d v = _mm512_castpd512_pd256((__m512d)half[0]) + _mm512_extractf64x4_pd((__m512d)half[0], 1);
#else
    __m256d v = (__m256d)half[0];
#endif
    __m128d w = _mm256_castpd256_pd128(v) + _mm256_extractf128_pd(v, 1);
    return w[0] + w[1];
#elif defined(__GNUC__)
    return half[0][0] + half[0][1];
#else
    return half[0];
#endif
}

/* The first n (0 <= n <= SUM_LANES) numbers at p, then zeros, into `row`. */
static inline void load_padded(const real *p, intptr_t n, real *row)
{
    for (int i = 0; i < SUM_LANES; i += LANES, n -= LANES)
        v_store(row + i, n >= LANES ? v_load(p + i) : n > 0 ? v_load_n(p + i, (int)n) : v_splat(0));
}

/* A block of LANES rows and PIECE columns, transposed: lane r of out[c] is
 * p[r*stride + c].  With rows < LANES the lanes from `rows` on are undefined and
 * only `rows` rows are read.  On x86, 16 bytes of a row go into a lane group by a
 * load that inserts, and what is left is a 4x4 (2x2) transposition within groups. */
#define PIECE (16 / KERNEL_REAL_BYTES)
#if defined(__SSE2__) && defined(__GNUC__)
#if VEC_BYTES == 64
#define MM(name) _mm512_##name
typedef __m512 mm_ps; typedef __m512d mm_pd;
#elif VEC_BYTES == 32
#define MM(name) _mm256_##name
typedef __m256 mm_ps; typedef __m256d mm_pd;
#else
#define MM(name) _mm_##name
typedef __m128 mm_ps; typedef __m128d mm_pd;
#endif
static inline void v_load_transposed(const real *p, intptr_t stride, int rows, vec *out)
{
    mm_ps s[PIECE];
    for (int i = 0; i < PIECE; i++) {
#define ROW(r) _mm_loadu_ps((const float *)(p + ((r) < rows ? (r) : rows - 1) * stride))
#if VEC_BYTES == 64
        s[i] = _mm512_castps128_ps512(ROW(i));
        s[i] = _mm512_insertf32x4(s[i], ROW(PIECE + i), 1);
        s[i] = _mm512_insertf32x4(s[i], ROW(2 * PIECE + i), 2);
        s[i] = _mm512_insertf32x4(s[i], ROW(3 * PIECE + i), 3);
#elif VEC_BYTES == 32
        s[i] = _mm256_insertf128_ps(_mm256_castps128_ps256(ROW(i)), ROW(PIECE + i), 1);
#else
        s[i] = ROW(i);
#endif
#undef ROW
    }
#if KERNEL_REAL_BYTES == 4
    mm_pd lo01 = (mm_pd)MM(unpacklo_ps)(s[0], s[1]), hi01 = (mm_pd)MM(unpackhi_ps)(s[0], s[1]);
    mm_pd lo23 = (mm_pd)MM(unpacklo_ps)(s[2], s[3]), hi23 = (mm_pd)MM(unpackhi_ps)(s[2], s[3]);
    out[0] = (vec)MM(unpacklo_pd)(lo01, lo23); out[1] = (vec)MM(unpackhi_pd)(lo01, lo23);
    out[2] = (vec)MM(unpacklo_pd)(hi01, hi23); out[3] = (vec)MM(unpackhi_pd)(hi01, hi23);
#else
    out[0] = (vec)MM(unpacklo_pd)((mm_pd)s[0], (mm_pd)s[1]);
    out[1] = (vec)MM(unpackhi_pd)((mm_pd)s[0], (mm_pd)s[1]);
#endif
}
#else
static inline void v_load_transposed(const real *p, intptr_t stride, int rows, vec *out)
{
    for (int c = 0; c < PIECE; c++) {
        real lane[LANES] = {0};
        for (int r = 0; r < LANES && r < rows; r++) lane[r] = p[r * stride + c];
        memcpy(&out[c], lane, sizeof lane);
    }
}
#endif

#endif
