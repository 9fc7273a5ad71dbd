# The compiled engine: tensors, the tape, and the operations of csrc/ops.
#
# One module, so that a call from an operation to the tape is a plain C call.
# It holds no arithmetic of its own: numbers are worked on by the kernels of
# csrc/kernels, which exist once per CPU target and are chosen in cpu.pxi.
# csrc/README.md has the map.
"""The compiled engine of autograd_mlp; users meet it through the package."""

import os
import sys
from inspect import signature

cimport cython
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from cython.parallel cimport prange
from cpython.ref cimport Py_INCREF, Py_DECREF, Py_XDECREF
from libc.math cimport ceil as c_ceil, cos as c_cos, floor as c_floor, log as c_log
from libc.math cimport pow as c_pow, sqrt as c_sqrt, trunc as c_trunc
from libc.stdlib cimport malloc, calloc, realloc, free, qsort
from libc.string cimport memcmp, memcpy, memmove, memset

import numpy as np

cnp.import_array()

include "kernels/table.pxi"
include "cpu.pxi"
include "tape.pxi"
include "tensor.pxi"
include "variable.pxi"
include "values.pxi"
include "node.pxi"
include "backward.pxi"
include "ops/elementwise.pxi"
include "ops/activations.pxi"
include "ops/reduce.pxi"
include "ops/linalg.pxi"
include "ops/shape.pxi"
include "ops/losses.pxi"
include "ops/random.pxi"
include "ops/normalize.pxi"
include "means.pxi"
include "metrics.pxi"
include "ops/accuracies.pxi"
include "ops/python.pxi"
include "again.pxi"
include "training.pxi"
include "updates.pxi"
include "preserve.pxi"
include "schedules.pxi"
