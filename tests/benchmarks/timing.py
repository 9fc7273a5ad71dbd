"""Helpers of what runs in the peers' processes."""

import time


def seconds_of(f, *args):
    start = time.perf_counter()
    f(*args)
    return time.perf_counter() - start


def loop(f):
    """``repeat(n)``: seconds that n calls of f take."""
    def repeat(n):
        numbers = range(n)
        start = time.perf_counter()
        for _ in numbers:
            f()
        return time.perf_counter() - start

    return repeat


def per_call(repeat, seconds, quick=False):
    """A function that measures once: seconds per call, over calls that take about `seconds`.

    `repeat(n)` does n calls and returns the seconds they took.
    """
    repeat(1)           # the first warms up, compiles, allocates
    n, took = 1, repeat(1)
    if quick:
        return lambda: repeat(1)
    while took < seconds / 4:
        n *= 4
        took = repeat(n)
    n = max(1, round(n * seconds / took))
    return lambda: repeat(n) / n
