# The whole of the kernels, for one dtype on one CPU target: every module
# f32_avx2.pyx, f64_avx2.pyx, … consists of including this file, and setup.py
# gives each its own compiler flags.

include "table.pxi"
include "real.pxi"
include "math.pxi"
from libc.math cimport exp as exp64, log1p as log1p64, sqrt as sqrt64
from libc.string cimport memcpy, memmove

include "reduce.pxi"
include "elementwise.pxi"
include "activations.pxi"
include "losses.pxi"
include "class_losses.pxi"
include "optimizers.pxi"
include "matmul.pxi"
include "dense_tiny.pxi"
include "data.pxi"
include "random.pxi"
include "normalize.pxi"
include "peak.pxi"

from cpython.pycapsule cimport PyCapsule_New

cdef Kernels table

table.lanes = LANES
fill_elementwise(&table)
fill_activations(&table)
fill_losses(&table)
fill_reduce(&table)
fill_optimizers(&table)
fill_matmul(&table)
fill_dense_tiny(&table)
fill_data(&table)
fill_random(&table)
fill_normalize(&table)
fill_peak(&table)

kernels = PyCapsule_New(&table, "autograd_mlp.kernels", NULL)
