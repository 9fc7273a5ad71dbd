/* Loops over whole arrays, each written once: a kernel gives the formula of one
 * element.
 *
 * A formula is an inline function of scalars; it is inlined into the loop, which
 * the compiler then turns into vector code.  What is left over at the end, fewer
 * than LANES elements, goes through the same vector code as one padded vector,
 * where the compiler's own way would be up to LANES - 1 turns of scalar code, each
 * as long as a whole vector (sigmoid of 12 float32, AVX-512, Cascade Lake: 23 ns
 * become 9).  Only an array of a FEW elements is done one by one.
 *
 * y may be the same memory as an operand, but not overlap it otherwise: `ivdep`
 * says so to the compiler, which would else check.  `unroll 1` is for the loop of
 * LANES: gcc unrolls it otherwise, before it gets to see a vector in it.
 */
#ifndef AUTOGRAD_MLP_LOOPS_H
#define AUTOGRAD_MLP_LOOPS_H

#include "simd.h"

#if defined(__clang__)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define EACH_ELEMENT(i, n) _Pragma("clang loop vectorize(assume_safety)") for (intptr_t i = 0; i < (n); i++)
#elif defined(__GNUC__)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define EACH_ELEMENT(i, n) _Pragma("GCC ivdep") _Pragma("GCC unroll 1") for (intptr_t i = 0; i < (n); i++)
#else
#define ALWAYS_INLINE static inline
#define EACH_ELEMENT(i, n) for (intptr_t i = 0; i < (n); i++)
#endif

/* Cython's inline functions too, formulas and what is made of the loops below: a loop that
 * calls its formula through a pointer, because the compiler finds it too large, takes ten
 * times as long. */
#if defined(__GNUC__)
#undef CYTHON_INLINE
#define CYTHON_INLINE inline __attribute__((always_inline))
#endif

/* What a formula needs besides its operands; its comment says what is what. */
typedef struct { real a, b, c, d; } Scalars;

/* The largest multiple of LANES up to n */
#define WHOLE(n) ((n) & ~(intptr_t)(LANES - 1))

/* As few as these go one by one: a network of XOR's size has no more, and a number that
 * was stored as part of a vector has to reach the cache before it can be loaded. */
#define FEW 3

/* y[i] = f(x[i]) over whole vectors from `whole` on, which is left behind the last of them.
 *
 * With 32 registers, two vectors at a time: while one waits for its last results, the processor
 * finds the other's instructions.  It looks for work among the next hundred or so, which two
 * turns of a long formula, one after the other, hardly fit into (exp of float32, AVX-512, Cascade
 * Lake: 0.33 ns an element become 0.30; with the 16 registers of AVX2 nothing is won).  Both are
 * loaded before one is stored, or the compiler could not mix them.  The arrays between are
 * registers. */
#if VEC_BYTES == 64
#define PAIR (2 * LANES)
#define COPY_PAIR(to, from) (v_store(to, v_load(from)), v_store((to) + LANES, v_load((from) + LANES)))
#define WHOLE_VECTORS(formula)                                                              \
    for (; whole + PAIR <= n; whole += PAIR) {                                              \
        real in[PAIR], out[PAIR];                                                           \
        COPY_PAIR(in, x + whole);                                                           \
        EACH_ELEMENT(i, PAIR) { real x_i = in[i]; out[i] = formula; }                       \
        COPY_PAIR(y + whole, out);                                                          \
    }                                                                                       \
    if (whole + LANES <= n) {                                                               \
        EACH_ELEMENT(i, LANES) { real x_i = x[whole + i]; y[whole + i] = formula; }         \
        whole += LANES;                                                                     \
    }
#else
#define WHOLE_VECTORS(formula)                                                              \
    whole = WHOLE(n);                                                                       \
    EACH_ELEMENT(i, whole) { real x_i = x[i]; y[i] = formula; }
#endif

/* y[i] = f(x[i]) or f(u[i], v[i]); in a formula x_i, u_i, v_i stand for the operands. */
#define EACH_OF_ONE(formula)                                                                \
    if (n <= FEW) {                                                                         \
        for (int i = 0; i < n; i++) { real x_i = x[i]; y[i] = formula; }                    \
        return;                                                                             \
    }                                                                                       \
    intptr_t whole = 0;                                                                     \
    WHOLE_VECTORS(formula)                                                                  \
    int rest = (int)(n - whole);                                                            \
    if (rest) {                                                                             \
        real last[LANES];                                                                   \
        v_store(last, v_load_n(x + whole, rest));                                           \
        EACH_ELEMENT(i, LANES) { real x_i = last[i]; last[i] = formula; }                   \
        v_store_n(y + whole, v_load(last), rest);                                           \
    }

#define EACH_OF_TWO(formula)                                                                \
    if (n <= FEW) {                                                                         \
        for (int i = 0; i < n; i++) { real u_i = u[i], v_i = v[i]; y[i] = formula; }        \
        return;                                                                             \
    }                                                                                       \
    intptr_t whole = WHOLE(n);                                                              \
    int rest = (int)(n - whole);                                                            \
    EACH_ELEMENT(i, whole) { real u_i = u[i], v_i = v[i]; y[i] = formula; }                 \
    if (rest) {                                                                             \
        real last_u[LANES], last_v[LANES];                                                  \
        v_store(last_u, v_load_n(u + whole, rest));                                         \
        v_store(last_v, v_load_n(v + whole, rest));                                         \
        EACH_ELEMENT(i, LANES) { real u_i = last_u[i], v_i = last_v[i]; last_u[i] = formula; } \
        v_store_n(y + whole, v_load(last_u), rest);                                         \
    }

ALWAYS_INLINE void each(real (*f)(real), const real *x, real *y, intptr_t n)
{ EACH_OF_ONE(f(x_i)) }

ALWAYS_INLINE void each_with(real (*f)(real, Scalars), const real *x, real *y, intptr_t n, Scalars s)
{ EACH_OF_ONE(f(x_i, s)) }

ALWAYS_INLINE void each2(real (*f)(real, real), const real *u, const real *v, real *y, intptr_t n)
{ EACH_OF_TWO(f(u_i, v_i)) }

ALWAYS_INLINE void each2_with(real (*f)(real, real, Scalars), const real *u, const real *v, real *y,
                              intptr_t n, Scalars s)
{ EACH_OF_TWO(f(u_i, v_i, s)) }

/* f(u[i], v[i], s)·w[i] */
ALWAYS_INLINE void each2_times(real (*f)(real, real, Scalars), const real *u, const real *v,
                               const real *w, real *y, intptr_t n, Scalars s)
{
    if (n <= FEW) {
        for (int i = 0; i < n; i++) y[i] = f(u[i], v[i], s) * w[i];
        return;
    }
    intptr_t whole = WHOLE(n);
    int rest = (int)(n - whole);
    EACH_ELEMENT(i, whole) y[i] = f(u[i], v[i], s) * w[i];
    if (rest) {
        real last_u[LANES], last_v[LANES], last_w[LANES];
        v_store(last_u, v_load_n(u + whole, rest));
        v_store(last_v, v_load_n(v + whole, rest));
        v_store(last_w, v_load_n(w + whole, rest));
        EACH_ELEMENT(i, LANES) last_u[i] = f(last_u[i], last_v[i], s) * last_w[i];
        v_store_n(y + whole, v_load(last_u), rest);
    }
}

#endif
