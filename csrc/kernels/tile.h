/* The micro-kernel of matmul.pxi: one tile of C, held in registers while k runs.
 *
 * This is C and not Cython because every tile size (rows x vecs) must be its own
 * function, with its loops unrolled and its accumulators in registers.  That
 * takes always_inline, an unroll pragma and a table of instances; Cython's
 * output offers none of the three.
 */
#ifndef AUTOGRAD_MLP_TILE_H
#define AUTOGRAD_MLP_TILE_H

#include <stddef.h>
#include "simd.h"

/* The full tile: rows x vecs accumulators, vecs vectors of B and one of A must
 * fit into the registers, and rows + vecs loads must not outlast rows * vecs
 * multiply-adds.  A product of one row takes a wider tile, because it needs 8
 * independent chains to cover the latency of fma. */
#if defined(__AVX512F__) || defined(__aarch64__)
#define TILE_ROWS 8             /* 24 + 3 + 1 of 32 registers */
#define TILE_VECS 3
#define TILE_ROWS_OF_4 6        /* for C of just 4 vectors: 6 x 4, not 8 x 2 twice */
#elif defined(__AVX2__)
#define TILE_ROWS 4             /* 12 + 3 + 1 of 16 registers */
#define TILE_VECS 3
#define TILE_ROWS_OF_4 0
#else
#define TILE_ROWS 4             /* 8 + 2 + 1, and one for the product that has no fma */
#define TILE_VECS 2
#define TILE_ROWS_OF_4 0
#endif
#define ROW_VECS 8

#if defined(__GNUC__)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 8")
#define ROLLED _Pragma("GCC unroll 1")
#define PREFETCH(p) __builtin_prefetch(p)
#define PREFETCH_TO_WRITE(p) __builtin_prefetch(p, 1)
/* one instruction, for which gcc would keep a register for every p + constant */
#if defined(__x86_64__)
#define PREFETCH_AT(p, far, near) __asm__ volatile("prefetcht0 %c2(%0,%1)" : : "r"(p), "r"(far), "i"(near))
#else
#define PREFETCH_AT(p, far, near) __builtin_prefetch((p) + (far) + (near))
#endif
/* Hides from the compiler how a pointer or stride came about, so that it adds to
 * it instead of keeping one register for every row (which then spill). */
#define OPAQUE(x) __asm__("" : "+r"(x))
#else
#define ALWAYS_INLINE static inline
#define UNROLL
#define ROLLED
#define PREFETCH(p)
#define PREFETCH_TO_WRITE(p)
#define PREFETCH_AT(p, far, near)
#define OPAQUE(x)
#endif

/* acc += a * b in place.  Left the choice, gcc 12 moves sums between registers where
 * the loop is unrolled. */
#if defined(__AVX2__) && defined(__FMA__) && defined(__GNUC__)
#if KERNEL_REAL_BYTES == 4
#define FMA_TO(acc, a, b) __asm__("vfmadd231ps %2, %1, %0" : "+v"(acc) : "v"(a), "v"(b))
#else
#define FMA_TO(acc, a, b) __asm__("vfmadd231pd %2, %1, %0" : "+v"(acc) : "v"(a), "v"(b))
#endif
#else
#define FMA_TO(acc, a, b) ((acc) = v_fma(a, b, acc))
#endif

/* C[r, j] = start[r, j] + sum over k of A[r, k] * B[k, j], in the order of k:
 *
 *                     B   k ->  row of vecs vectors, ldb apart, j contiguous
 *                              +-------+-------+-------+
 *      A[r*a_row + k*a_k]      |       |       |       |
 *      +---+                   +-------+-------+-------+
 *      |   | r = 0 .. rows-1   |  acc  |  acc  |  acc  |  C (and start), ldc apart
 *      +---+                   +-------+-------+-------+
 *
 * and so for `count` tiles, which lie a_next, b_next, c_next and start_next further on.
 * `start` may be NULL, for zeros.  `last` is how many lanes of the last vector exist;
 * nothing beyond is touched.  An EDGE tile masks the last vector, a FULL one has it
 * whole, a PACK tile also writes the rows of B that it reads one after the other to
 * `panel` (those of the next tile behind them).  A COPY tile, FULL and of full size, copies
 * soon_rows rows of soon_columns numbers (whole vectors), soon_row apart, from `soon` to `panel`.
 */
struct tiling {
    ptrdiff_t count, K;
    const real *A;
    ptrdiff_t a_row, a_k, a_next;
    const real *B;
    ptrdiff_t ldb, b_next;
    real *C;
    ptrdiff_t ldc, c_next;
    const real *start;
    ptrdiff_t start_row, start_next;
    int last;
    real *panel;
    const real *soon;
    ptrdiff_t soon_row, soon_rows, soon_columns;
};
enum { EDGE, FULL, PACK, COPY };

/* How many k ahead to prefetch, one prefetch per cache line: every more costs a load
 * slot.  In cycles per k of an 8x3 tile, which fma limits to 12 (float32, K = 784,
 * Cascade Lake): a panel that streams from L2 takes 12.2 with and about 13.5 without; a
 * transposed A 13.5 with and 17 without, since multiply-adds issued on a load that
 * then misses are issued again.  A PACK tile looks less far: rows 2 or 4 KB apart
 * share few sets of L1, and 12 of them push each other out (34 against 25). */
#define B_AHEAD 12
#define B_AHEAD_PACK 6
#define A_AHEAD 8
/* Up to here B is in L1 anyway; prefetches would only take slots from multiply-adds.
 * Without them, with zero starts that load nothing, C fetched ahead and the loop unrolled
 * twice, 6x4 tiles of xT dy, (784x32)(32x64), ran at 95 % of peak alone and 86 % before (not
 * timed one by one).  The long loop is not unrolled: on AVX2 256^3 falls from 89 to 83 % so. */
#define K_SHORT 64

/* A COPY tile copies a row every COPY_K, and has asked for it COPY_AHEAD rows before.  The K of
 * such a tile is more than K_SHORT, and fits 2 for every line of C and COPY_K for every row. */
#define COPY_K 8
#define COPY_AHEAD 4

/* One k: `ahead` is whether to prefetch A and B. */
#define STEP(ahead) {                                                                             \
    UNROLL for (int v = 0; v < vecs; v++) b[v] = LOAD((const real *)b_row, v);                    \
    if (ahead) UNROLL for (int byte = 0; byte < vecs * VEC_BYTES; byte += 64)                     \
        PREFETCH_AT(b_row, b_ahead, byte);                                                        \
    if (ahead && vecs >= 3 && kind != PACK) PREFETCH(a0 + a_ahead);    /* narrower: no slot */     \
    UNROLL for (int r = 0; r < rows; r++) {                                                       \
        vec a = v_splat(*(const real *)((r < 4 ? a0 : a4) + (r % 4 == 3 ? a3 : r % 4 * a1)));     \
        UNROLL for (int v = 0; v < vecs; v++) FMA_TO(acc[r][v], a, b[v]);                         \
    }                                                                                             \
    if (kind == PACK) {                                                                           \
        UNROLL for (int v = 0; v < vecs; v++) v_store(panel + v * LANES, b[v]);                   \
        panel += vecs * LANES;                                                                    \
    }                                                                                             \
    a0 += a_step;                                                                                 \
    if (rows > 4) a4 += a_step;                                                                   \
    b_row += b_step;                                                                              \
    OPAQUE(b_row); OPAQUE(a0); OPAQUE(a4);                                                        \
}

/* The first k, while the lines of C come that the tile is stored to: all lines of a row, then two
 * k; in a long loop two k for each line, since a burst holds up B on its way from L2 (512^3 by
 * multiply_large(): 79 % of peak, then 81).  A tile that starts from C has waited for its lines
 * already and fetches those of the next. */
#define FETCH_C                                                                                   \
    if (k >= 2 * rows) {                                                                          \
        for (int r = rows; r > 0; r--) {                                                          \
            UNROLL for (int byte = 0; byte < vecs * VEC_BYTES; byte += 64)                        \
                PREFETCH_TO_WRITE(c_soon + byte);                                                 \
            c_soon += c_row;                                                                      \
            STEP(0)                                                                               \
            STEP(0)                                                                               \
        }                                                                                         \
        k -= 2 * rows;                                                                            \
    }
#define FETCH_C_SLOWLY {                                                                          \
    const int lines = (vecs * VEC_BYTES + 63) / 64;                                               \
    for (int r = rows; r > 0; r--) {                                                              \
        const char *c = c_soon;                                                                   \
        ROLLED for (int line = lines; line > 0; line--) {                                         \
            PREFETCH_TO_WRITE(c);                                                                 \
            c += 64;                                                                              \
            STEP(1)                                                                               \
            STEP(1)                                                                               \
        }                                                                                         \
        c_soon += c_row;                                                                          \
    }                                                                                             \
    k -= 2 * rows * lines;                                                                        \
}

/* Rows of the panel that is next, one every COPY_K. */
#define COPY_SOON {                                                                               \
    const real *soon = t->soon;                                                                   \
    for (ptrdiff_t left = t->soon_rows; left > 0; left--) {                                       \
        const real *from = soon, *end = panel + t->soon_columns;                                  \
        for (; panel < end; panel += LANES, from += LANES) {                                      \
            PREFETCH(from + COPY_AHEAD * t->soon_row);                                            \
            v_store(panel, v_load(from));                                                         \
        }                                                                                         \
        soon += t->soon_row;                                                                      \
        ROLLED for (int i = 0; i < COPY_K; i++) STEP(1)                                           \
    }                                                                                             \
    k -= COPY_K * t->soon_rows;                                                                   \
}

ALWAYS_INLINE void tile(const int rows, const int vecs, const int kind, const struct tiling *t)
{
    vec acc[TILE_ROWS][ROW_VECS], b[ROW_VECS];
    const ptrdiff_t size = sizeof(real);
    const int last = t->last;
#define LOAD(p, v) (kind == FULL || kind == COPY || v < vecs - 1 ? v_load(p + v * LANES) : v_load_n(p + v * LANES, last))
    /* Strides in bytes: rows 0-3 are a0 + {0, 1, 2, 3} a_row, rows 4-7 the same from
     * a4, which x86 addresses with four registers in all. */
    ptrdiff_t a1 = t->a_row * size, a3 = 3 * a1, a_step = t->a_k * size, b_step = t->ldb * size;
    ptrdiff_t a_ahead = A_AHEAD * a_step, b_ahead = (kind == PACK ? B_AHEAD_PACK : B_AHEAD) * b_step;
    ptrdiff_t c_row = t->ldc * size;
    const real *A = t->A, *B = t->B, *start = t->start;
    real *C = t->C, *panel = t->panel;
    OPAQUE(a3); OPAQUE(a_ahead); OPAQUE(b_ahead);
    for (ptrdiff_t count = t->count; count > 0; count--) {
        const char *a0 = (const char *)A, *a4 = a0 + 4 * a1, *b_row = (const char *)B;
        char *c_at = (char *)C;
        const char *c_soon = (const char *)(start == C ? C + t->c_next : C);
        ptrdiff_t k = t->K;
        OPAQUE(a4);
        if (start) {
            const real *s = start;
            UNROLL for (int r = 0; r < rows; r++) {
                UNROLL for (int v = 0; v < vecs; v++) acc[r][v] = LOAD(s, v);
                s += t->start_row;
                OPAQUE(s);
            }
            start += t->start_next;
        } else
            UNROLL for (int r = 0; r < rows; r++)
                UNROLL for (int v = 0; v < vecs; v++) acc[r][v] = v_splat(0);

        if (rows == 1 || kind == PACK)
            for (; k > 0; k--) STEP((kind == PACK))
        else if (k <= K_SHORT) {
            FETCH_C
            for (; k >= 2; k -= 2) { STEP(0) STEP(0) }
            if (k) STEP(0)
        } else {
            FETCH_C_SLOWLY
            if (kind == COPY) COPY_SOON
            for (; k > 0; k--) STEP(1)
        }

        UNROLL for (int r = 0; r < rows; r++) {
            UNROLL for (int v = 0; v < vecs; v++)
                if (kind == FULL || kind == COPY || v < vecs - 1) v_store((real *)c_at + v * LANES, acc[r][v]);
                else v_store_n((real *)c_at + v * LANES, acc[r][v], last);
            c_at += c_row;
            OPAQUE(c_at);
        }
        A += t->a_next;
        B += t->b_next;
        C += t->c_next;
    }
#undef LOAD
}

/* ---- tiles[rows - 1][vecs - 1][kind] -------------------------------------- */

typedef void (*tile_fn)(const struct tiling *);
#define INSTANCE(R, V, kind) \
    static void tile_##R##x##V##_##kind(const struct tiling *t) { tile(R, V, kind, t); }
#define TILE(R, V) INSTANCE(R, V, EDGE) INSTANCE(R, V, FULL)
#define TILE_PACK(R, V) TILE(R, V) INSTANCE(R, V, PACK)
#define OF(R, V) {tile_##R##x##V##_EDGE, tile_##R##x##V##_FULL}
#define OF_COPY(R, V) {tile_##R##x##V##_EDGE, tile_##R##x##V##_FULL, tile_##R##x##V##_PACK, tile_##R##x##V##_COPY}
#define OF_PACK(R, V) {tile_##R##x##V##_EDGE, tile_##R##x##V##_FULL, tile_##R##x##V##_PACK}

TILE(1, 1) TILE(1, 2) TILE(1, 3) TILE(1, 4) TILE(1, 5) TILE(1, 6) TILE(1, 7) TILE(1, 8)
TILE(2, 1) TILE(2, 2) TILE(3, 1) TILE(3, 2)
#if TILE_VECS >= 3
TILE(2, 3) TILE(3, 3)
#endif
#if TILE_ROWS == 4
TILE_PACK(4, 1) TILE_PACK(4, 2)
#if TILE_VECS == 2
INSTANCE(4, 2, COPY)
#else
TILE_PACK(4, 3) INSTANCE(4, 3, COPY)
#endif
#else
TILE(4, 1) TILE(4, 2) TILE(4, 3) TILE(5, 1) TILE(5, 2) TILE(5, 3)
TILE(6, 1) TILE(6, 2) TILE(6, 3) TILE(7, 1) TILE(7, 2) TILE(7, 3)
TILE_PACK(8, 1) TILE_PACK(8, 2) TILE_PACK(8, 3) INSTANCE(8, 3, COPY)
TILE(2, 4) TILE(3, 4) TILE(4, 4) TILE(5, 4) TILE_PACK(6, 4)
#endif

static const tile_fn tiles[TILE_ROWS][ROW_VECS][4] = {
    {OF(1, 1), OF(1, 2), OF(1, 3), OF(1, 4), OF(1, 5), OF(1, 6), OF(1, 7), OF(1, 8)},
#if TILE_VECS == 2
    {OF(2, 1), OF(2, 2)}, {OF(3, 1), OF(3, 2)}, {OF_PACK(4, 1), OF_COPY(4, 2)},
#elif TILE_ROWS == 4
    {OF(2, 1), OF(2, 2), OF(2, 3)}, {OF(3, 1), OF(3, 2), OF(3, 3)},
    {OF_PACK(4, 1), OF_PACK(4, 2), OF_COPY(4, 3)},
#else
    {OF(2, 1), OF(2, 2), OF(2, 3), OF(2, 4)}, {OF(3, 1), OF(3, 2), OF(3, 3), OF(3, 4)},
    {OF(4, 1), OF(4, 2), OF(4, 3), OF(4, 4)}, {OF(5, 1), OF(5, 2), OF(5, 3), OF(5, 4)},
    {OF(6, 1), OF(6, 2), OF(6, 3), OF_PACK(6, 4)}, {OF(7, 1), OF(7, 2), OF(7, 3)},
    {OF_PACK(8, 1), OF_PACK(8, 2), OF_COPY(8, 3)},
#endif
};

/* ---- scratch, one per thread ---------------------------------------------- */

/* Of B (or of A, where that is what stays) in cache at a time: half of the L2 that
 * processors with AVX-512 have, and of what many others have. */
#if defined(__AVX512F__)
#define BLOCK_BYTES (512 * 1024)
#else
#define BLOCK_BYTES (256 * 1024)
#endif
#define BLOCK (BLOCK_BYTES / KERNEL_REAL_BYTES)
/* Most k in one pass over C.  With half as many, storing and loading C twice costs
 * 1024^3 7 % of its speed (float32, Cascade Lake). */
#define K_MOST (4096 / KERNEL_REAL_BYTES)
#define K_LARGE (2048 / KERNEL_REAL_BYTES)      /* the same of a large product */
#define FAR (64 * 1024 / KERNEL_REAL_BYTES)     /* a B that many tiles are faster on a copy of */
#define C_MOST 1024             /* most columns of a C that is stored transposed */
#define C_ROWS (LANES > TILE_ROWS ? LANES : TILE_ROWS)

struct scratch {
    real B[BLOCK];                  /* packed panels; or, of a large product, a block of A */
    real A[C_ROWS * K_MOST];        /* some rows of A, packed */
    real C[C_ROWS * C_MOST];        /* some rows of a transposed C */
    real panels[2][K_LARGE * TILE_VECS * LANES];    /* of B, of a large one */
};
#if defined(__GNUC__)
static __thread struct scratch scratch_of_thread __attribute__((aligned(64)));
#else
static __declspec(thread) struct scratch scratch_of_thread;
#endif
static inline struct scratch *get_scratch(void) { return &scratch_of_thread; }

/* Functions of matmul.pxi and matmul_small.pxi that must stay apart from matmul(), whose
 * tiny products would else pay for their stack frames. */
#if defined(__GNUC__)
#define APART static __attribute__((noinline))
#else
#define APART static
#endif
#define MATMUL_ARGUMENTS int transpose_a, int transpose_b, Py_ssize_t M, Py_ssize_t N, Py_ssize_t K,  \
    const real *A, Py_ssize_t lda, const real *B, Py_ssize_t ldb, real *C, Py_ssize_t ldc,            \
    const real *init, int accumulate, int threads
APART void multiply_turned(Py_ssize_t M, Py_ssize_t N, Py_ssize_t K, const real *A, Py_ssize_t a_row,
                           Py_ssize_t a_k, const real *B, Py_ssize_t ldb, real *C, Py_ssize_t ldc,
                           const real *start, Py_ssize_t start_row);
APART void multiply_any(MATMUL_ARGUMENTS);
APART void multiply_blocked(MATMUL_ARGUMENTS);

#endif
