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


# ---- time ----------------------------------------------------------------------

cdef extern from *:
    """
    #include <time.h>
    static double monotonic(void) {
    #if defined(CLOCK_MONOTONIC)
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
    #else
        struct timespec t;
        timespec_get(&t, TIME_UTC);
    #endif
        return t.tv_sec + 1e-9 * t.tv_nsec;
    }
    """
    double monotonic() nogil


# ---- threads -------------------------------------------------------------------

# In a child made by fork, gcc's OpenMP waits for threads that do not exist there.
cdef bint forked = False

def _after_fork():
    global forked
    forked = True

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

# Whether a second thread pays depends on the machine, on what else runs there, and on how long
# ago the threads were last used.  So a call that is replayed finds out by itself: it keeps the
# time that it takes one way (one thread) and the other (all of them), goes the faster way, and
# tries the other one again so rarely that this costs 2 % in the long run.  Results do not change.
cdef struct Pace:
    double seconds[2]       # that the call takes with one thread, with all; 0: not known
    isize calls             # since the last trial began
    isize patience          # calls until the next trial
    double best, spent      # of the trial so far

cdef enum:
    TRIES = 4               # calls in a trial: in the first of them the threads may be asleep,
    TRIAL_SHARE = 50        # a trial may take a 50th of the time until the next

cdef double LONG = 1e-3     # s: … but waking them is nothing beside such a call

# Work is counted in multiply-adds.  Below LEAST_WORK a second thread never pays (it takes some
# 5 µs to begin); from THREAD_WORK on it is worth trying before anything is known.
cdef double LEAST_WORK = 4e5
cdef double THREAD_WORK = 2e7

cdef inline int take_threads(Pace *pace, double work, double *start) noexcept nogil:
    """How many threads to use in this call; `give_back` takes the time."""
    cdef int threads
    cdef bint many                      # is the faster way, as far as known
    start[0] = 0
    if work < LEAST_WORK or forked:
        return 1
    threads = omp_get_max_threads()
    if threads == 1:
        return 1
    if pace.patience == 0:
        many = work >= THREAD_WORK
        pace.patience = TRIAL_SHARE if many else TRIES
    elif pace.seconds[0] == 0 or pace.seconds[1] == 0:
        many = pace.seconds[0] == 0
    else:
        many = pace.seconds[1] < pace.seconds[0]
    pace.calls += 1
    start[0] = monotonic()
    return threads if many == (pace.calls < pace.patience) else 1

cdef inline void give_back(Pace *pace, int threads, double start) noexcept nogil:
    cdef double seconds
    cdef double *mean
    if start == 0:
        return
    seconds = monotonic() - start
    mean = &pace.seconds[threads > 1]
    if pace.calls < pace.patience:
        if mean[0] == 0:
            mean[0] = seconds
        mean[0] += (min(seconds, 2 * mean[0]) - mean[0]) / 4
        return
    pace.best = min(pace.best, seconds) if pace.calls > pace.patience else seconds
    pace.spent += seconds
    if pace.calls == pace.patience + TRIES - 1 or seconds > LONG:
        mean[0] = pace.best
        pace.patience = <isize>(TRIAL_SHARE * pace.spent / max(
            min(pace.seconds[0], pace.seconds[1]), 1e-9)) + 1
        pace.calls = 0
        pace.spent = 0

def cpu_info():
    """CPU target, its vector width in float32 lanes, threads and compiler, as a dict."""
    return {"target": cpu_target, "available": TARGETS[:TARGETS.index(best_target().decode()) + 1],
            "float32 lanes": K32.lanes, "threads": 1 if forked else omp_get_max_threads(),
            "compiler": (COMPILER_NAME + COMPILER).decode()}
