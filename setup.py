"""Compiled modules: the engine, and the kernels once per dtype and CPU target."""

import os
import platform
import sys
from glob import glob

import numpy as np
from Cython.Build import cythonize
from setuptools import Extension, setup

UNIX = os.name == "posix"
X86_64 = platform.machine().lower() in ("x86_64", "amd64") and UNIX
KERNEL_SOURCES = glob("csrc/kernels/*")
ENGINE_SOURCES = glob("csrc/*.p*") + glob("csrc/ops/*") + ["csrc/kernels/table.pxi"]

openmp = ["-fopenmp"] if UNIX and sys.platform != "darwin" else []

# No product and sum may be fused unless the source says so: same bits on every target with FMA.
# Errno and floating-point traps are not looked at; NaN, Inf, signed zeros and denormals are kept.
common_flags = ["-g0"] if UNIX else []
kernel_flags = ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"] if UNIX else []
targets = {"baseline": []}
if X86_64:
    targets["avx2"] = ["-mavx2", "-mfma"]
    targets["avx512"] = ["-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mavx2", "-mfma",
                         "-mprefer-vector-width=512"]
dtypes = {"f32": ("float", "4"), "f64": ("double", "8")}

extensions = [
    Extension("autograd_mlp._engine", ["csrc/engine.pyx"], include_dirs=[np.get_include()],
              define_macros=[("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION")],
              extra_compile_args=common_flags + openmp, extra_link_args=openmp,
              depends=ENGINE_SOURCES)
] + [
    Extension(f"autograd_mlp._kernels_{dtype}_{target}", [f"csrc/kernels/{dtype}_{target}.pyx"],
              include_dirs=["csrc/kernels"],
              define_macros=[("KERNEL_REAL", real), ("KERNEL_REAL_BYTES", size)],
              extra_compile_args=common_flags + kernel_flags + openmp + flags,
              extra_link_args=openmp, depends=KERNEL_SOURCES)
    for dtype, (real, size) in dtypes.items() for target, flags in targets.items()
]

setup(
    ext_modules=cythonize(extensions, build_dir="build/cython", language_level=3,
                          compiler_directives={"cdivision": True, "embedsignature": True}),
    options={"build_ext": {"parallel": os.cpu_count()}})     # one module per core at a time
