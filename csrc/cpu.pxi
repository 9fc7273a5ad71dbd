# Which kernels run on this processor, and how many threads they may use.

cdef extern from *:
    """
    #if defined(__x86_64__) && defined(__GNUC__)
    static const char *best_target(void) {
        __builtin_cpu_init();
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
            __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("fma"))
            return "avx512";
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "avx2";
        return "baseline";
    }
    #else
    static const char *best_target(void) { return "baseline"; }
    #endif

    #if defined(_OPENMP)
    #include <omp.h>
    #else
    static int omp_get_max_threads(void) { return 1; }
    static void omp_set_num_threads(int n) { (void)n; }
    #endif

    #if defined(__VERSION__)
    #define COMPILER __VERSION__
    #else
    #define COMPILER "unknown"
    #endif
    #if defined(__clang__)
    #define COMPILER_NAME "clang "
    #elif defined(__GNUC__)
    #define COMPILER_NAME "gcc "
    #else
    #define COMPILER_NAME ""
    #endif
    """
    const char *best_target() nogil
    int omp_get_max_threads() nogil
    void omp_set_num_threads(int) nogil
    const char *COMPILER_NAME
    const char *COMPILER

cdef tuple TARGETS = ("baseline", "avx2", "avx512")       # worst to best

def _choose_target():
    """The CPU target to use: the best there is, or what AUTOGRAD_MLP_CPU asks for."""
    best = best_target().decode()
    available = TARGETS[:TARGETS.index(best) + 1]
    wanted = os.environ.get("AUTOGRAD_MLP_CPU", "")
    if not wanted:
        return best
    if wanted not in TARGETS:
        raise ImportError(
            f"AUTOGRAD_MLP_CPU is {wanted!r}, which is not a CPU target: it must be one of "
            f"{', '.join(TARGETS)}, or unset to take the best this processor has ({best})")
    if wanted not in available:
        raise ImportError(
            f"AUTOGRAD_MLP_CPU asks for {wanted!r}, which this processor does not have: "
            f"it has {', '.join(available)}; unset the variable to take {best}")
    return wanted

cdef str cpu_target = _choose_target()
cdef Kernels *K32
cdef Kernels *K64

cdef Kernels *_load(str dtype) except NULL:
    from importlib import import_module
    module = import_module(f"autograd_mlp._kernels_{dtype}_{cpu_target}")
    return <Kernels *>PyCapsule_GetPointer(module.kernels, "autograd_mlp.kernels")

K32 = _load("f32")
K64 = _load("f64")


# ---- threads -------------------------------------------------------------------

# In a child made by fork, gcc's OpenMP waits for threads that do not exist there.
cdef bint forked = False

def _after_fork():
    global forked
    forked = True

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

# Below this many multiplications a second thread costs more than it saves.
cdef double THREAD_WORK = 2e7

cdef inline int threads_for(double work) noexcept nogil:
    """How many threads a call of `work` multiply-adds is worth."""
    if work < THREAD_WORK or forked:
        return 1
    return omp_get_max_threads()

def cpu_info():
    """CPU target, its vector width in float32 lanes, threads and compiler, as a dict."""
    return {"target": cpu_target, "available": TARGETS[:TARGETS.index(best_target().decode()) + 1],
            "float32 lanes": K32.lanes, "threads": 1 if forked else omp_get_max_threads(),
            "compiler": (COMPILER_NAME + COMPILER).decode()}
