/* The micro-kernel of matmul.pxi: one tile of C, held in registers over k.
 *
 * This is C and not Cython because the tile must be compiled once per size
 * (rows x vecs) with its loops unrolled and its accumulators in registers.
 * That takes always_inline, an unroll pragma and a table of instances, and
 * Cython's output offers none of the three.
 */
#ifndef AUTOGRAD_MLP_TILE_H
#define AUTOGRAD_MLP_TILE_H

#include <stddef.h>
#include "simd.h"

#if defined(__AVX512F__) || defined(__aarch64__)
#define TILE_ROWS 8         /* 24 accumulators, 3 vectors of B, 1 of A: 32 registers */
#define TILE_VECS 3
#elif defined(__AVX2__)
#define TILE_ROWS 4         /* 12 + 3 + 1: 16 registers */
#define TILE_VECS 3
#else
#define TILE_ROWS 4
#define TILE_VECS 2
#endif
#define ROW_VECS 8          /* a tile of one row is wider: FMA latency needs 8 chains */

#if defined(__GNUC__)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 8")
#define OPAQUE(pointer) __asm__("" : "+r"(pointer))
#define PREFETCH(p) __builtin_prefetch(p)
#else
#define ALWAYS_INLINE static inline
#define UNROLL
#define OPAQUE(pointer)
#define PREFETCH(p)
#endif

#define TILE_ARGUMENTS ptrdiff_t K, const real *A, ptrdiff_t a_row, ptrdiff_t a_k, \
    const real *B, ptrdiff_t ldb, real *C, ptrdiff_t ldc,                          \
    const real *start, ptrdiff_t start_row, int last, real *panel

enum { EDGE, FULL, PACK };
#ifndef AHEAD
#define AHEAD 12
#endif
#ifndef PFA
#define PFA 8
#endif

ALWAYS_INLINE void tile(const int rows, const int vecs, const int kind, TILE_ARGUMENTS)
{
    vec acc[TILE_ROWS][ROW_VECS], b[ROW_VECS];
#define LOAD(p, v) (kind == FULL || v < vecs - 1 ? v_load(p + v * LANES) : v_load_n(p + v * LANES, last))
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int v = 0; v < vecs; v++) acc[r][v] = LOAD(start, v);
        start += start_row;
        OPAQUE(start);
    }

    const ptrdiff_t a1 = a_row * (ptrdiff_t)sizeof(real);
    const char *a0 = (const char *)A, *a4 = a0 + 4 * a1, *b_row = (const char *)B;
    ptrdiff_t a3 = 3 * a1, k_step = a_k * (ptrdiff_t)sizeof(real), b_step = ldb * (ptrdiff_t)sizeof(real);
    ptrdiff_t b_ahead = kind == PACK ? 6 * b_step : K > 64 ? AHEAD * b_step : 0, a_ahead = PFA * k_step;
    OPAQUE(a4); OPAQUE(a3); OPAQUE(k_step); OPAQUE(b_step); OPAQUE(b_ahead); OPAQUE(a_ahead);
    for (; K > 0; K--) {
        UNROLL for (int v = 0; v < vecs; v++) b[v] = LOAD((const real *)b_row, v);
        UNROLL for (int v = 0; v < vecs; v++) PREFETCH(b_row + b_ahead + v * sizeof(vec));
        if (vecs >= 3 && kind != PACK) PREFETCH(a0 + a_ahead);
        UNROLL for (int r = 0; r < rows; r++) {
            vec a = v_splat(*(const real *)((r < 4 ? a0 : a4) + (r % 4 == 3 ? a3 : r % 4 * a1)));
            UNROLL for (int v = 0; v < vecs; v++) acc[r][v] = v_fma(a, b[v], acc[r][v]);
        }
        if (kind == PACK) {
            UNROLL for (int v = 0; v < vecs; v++) v_store(panel + v * LANES, b[v]);
            panel += vecs * LANES;
        }
        a0 += k_step;
        if (rows > 4) a4 += k_step;
        b_row += b_step;
    }

    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int v = 0; v < vecs; v++)
            if (kind == FULL || v < vecs - 1) v_store(C + v * LANES, acc[r][v]);
            else v_store_n(C + v * LANES, acc[r][v], last);
        C += ldc;
        OPAQUE(C);
    }
#undef LOAD
}

typedef void (*tile_fn)(TILE_ARGUMENTS);
#define INSTANCE(R, V, kind) static void tile_##R##x##V##_##kind(TILE_ARGUMENTS)      \
    { tile(R, V, kind, K, A, a_row, a_k, B, ldb, C, ldc, start, start_row, last, panel); }
#define TILE(R, V) INSTANCE(R, V, EDGE) INSTANCE(R, V, FULL)
#define NAME(R, V) {tile_##R##x##V##_EDGE, tile_##R##x##V##_FULL}
#define NAME_PACK(R, V) {tile_##R##x##V##_EDGE, tile_##R##x##V##_FULL, tile_##R##x##V##_PACK}
TILE(1,1) TILE(1,2) TILE(1,3) TILE(1,4) TILE(1,5) TILE(1,6) TILE(1,7) TILE(1,8)
TILE(2,1) TILE(2,2) TILE(3,1) TILE(3,2) TILE(4,1) TILE(4,2)
#if TILE_VECS > 2
TILE(2,3) TILE(3,3) TILE(4,3)
#endif
#if TILE_ROWS > 4
TILE(5,1) TILE(5,2) TILE(5,3) TILE(6,1) TILE(6,2) TILE(6,3)
TILE(7,1) TILE(7,2) TILE(7,3) TILE(8,1) TILE(8,2) TILE(8,3)
TILE(2,4) TILE(3,4) TILE(4,4) TILE(5,4) TILE(6,4)
INSTANCE(8,1,PACK) INSTANCE(8,2,PACK) INSTANCE(8,3,PACK) INSTANCE(6,4,PACK)
#define FOUR_ROWS 6
#else
INSTANCE(4,1,PACK) INSTANCE(4,2,PACK) 
#if TILE_VECS > 2
INSTANCE(4,3,PACK)
#endif
#define FOUR_ROWS 0
#endif

static const tile_fn tiles[TILE_ROWS][ROW_VECS][3] = {
    {NAME(1,1), NAME(1,2), NAME(1,3), NAME(1,4), NAME(1,5), NAME(1,6), NAME(1,7), NAME(1,8)},
#if TILE_VECS == 2
    {NAME(2,1), NAME(2,2)}, {NAME(3,1), NAME(3,2)}, {NAME_PACK(4,1), NAME_PACK(4,2)},
#elif TILE_ROWS == 4
    {NAME(2,1), NAME(2,2), NAME(2,3)}, {NAME(3,1), NAME(3,2), NAME(3,3)},
    {NAME_PACK(4,1), NAME_PACK(4,2), NAME_PACK(4,3)},
#else
    {NAME(2,1), NAME(2,2), NAME(2,3), NAME(2,4)}, {NAME(3,1), NAME(3,2), NAME(3,3), NAME(3,4)},
    {NAME(4,1), NAME(4,2), NAME(4,3), NAME(4,4)}, {NAME(5,1), NAME(5,2), NAME(5,3), NAME(5,4)},
    {NAME(6,1), NAME(6,2), NAME(6,3), NAME_PACK(6,4)}, {NAME(7,1), NAME(7,2), NAME(7,3)},
    {NAME_PACK(8,1), NAME_PACK(8,2), NAME_PACK(8,3)},
#endif
};

/* Per thread, in reals: a block of packed B, a copied row tile of A, and rows of a transposed C. */
#define B_SCRATCH (512 * 1024 / KERNEL_REAL_BYTES)
#define K_MOST 1024
#define C_MOST 1024
struct scratch { real B[B_SCRATCH], C[LANES * C_MOST], A[TILE_ROWS * K_MOST]; };
#if defined(__GNUC__)
static __thread struct scratch scratch_of_thread __attribute__((aligned(64)));
#else
static __declspec(thread) struct scratch scratch_of_thread;
#endif
static struct scratch *get_scratch(void) { return &scratch_of_thread; }

#endif
