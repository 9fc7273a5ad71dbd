/* Random numbers from a counter: number i of a stream follows from i and the stream's key alone,
 * so that any thread can draw any part of it.
 *
 * 32-bit multiplications, because those are what vector units have: a finalizer with two
 * rounds of the kind found by Wellons' hash prospector (2018), the second half of the key coming in
 * between, so that streams are not shifted copies of each other.
 */
#ifndef AUTOGRAD_MLP_RANDOM_H
#define AUTOGRAD_MLP_RANDOM_H

#include <stdint.h>
#include "loops.h"

ALWAYS_INLINE uint32_t drawn_bits(uint32_t i, uint32_t key, uint32_t second_key)
{
    uint32_t x = i + key;
    x ^= x >> 17; x *= 0xed5ad4bbu;
    x ^= x >> 11; x *= 0xac4c1b51u;
    x ^= second_key;
    x ^= x >> 15; x *= 0x31848babu;
    return x ^ (x >> 14);
}

/* Bits to [0, 1): 24 bits in float32, 32 in float64, all multiples of the spacing */
ALWAYS_INLINE real unit_of(uint32_t bits)
{
    return sizeof(real) == 4 ? (real)(int32_t)(bits >> 8) * (real)0x1p-24
                             : (real)bits * (real)0x1p-32;
}

/* Bits to the odd multiples of 2^-23 in (-1, 1): symmetric, and never -1 or 1 */
ALWAYS_INLINE real centred_of(uint32_t bits)
{
    return (real)((int32_t)((bits >> 9) * 2 + 1) - (1 << 23)) * (real)0x1p-23;
}

static void draw_units(real *u, intptr_t n, uint64_t key, uint32_t first)
{
    uint32_t k = (uint32_t)key, second = (uint32_t)(key >> 32);
    EACH_ELEMENT(i, n) u[i] = unit_of(drawn_bits(first + (uint32_t)i, k, second));
}

static void draw_centred(real *u, intptr_t n, uint64_t key, uint32_t first)
{
    uint32_t k = (uint32_t)key, second = (uint32_t)(key >> 32);
    EACH_ELEMENT(i, n) u[i] = centred_of(drawn_bits(first + (uint32_t)i, k, second));
}

/* y = a.x + b where the bits say "keep" (as a signed number at least `least`), else c; x may be
 * NULL for 1. */
static void keep_or_drop(const real *x, real *y, intptr_t n, uint64_t key, uint32_t first,
                         int32_t least, real a, real b, real c)
{
    uint32_t k = (uint32_t)key, second = (uint32_t)(key >> 32);
    if (!x) {
        EACH_ELEMENT(i, n) y[i] = (int32_t)drawn_bits(first + (uint32_t)i, k, second) >= least
                                  ? a + b : c;
    } else if (b == 0) {
        EACH_ELEMENT(i, n) {
            real kept = a * x[i];
            y[i] = (int32_t)drawn_bits(first + (uint32_t)i, k, second) >= least ? kept : c;
        }
    } else {
        EACH_ELEMENT(i, n) {
            real kept = fma_(a, x[i], b);
            y[i] = (int32_t)drawn_bits(first + (uint32_t)i, k, second) >= least ? kept : c;
        }
    }
}

#endif
