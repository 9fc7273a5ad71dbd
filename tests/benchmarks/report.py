"""Rows of the tables, how they are printed, and how they go into the JSON."""

from dataclasses import dataclass, field
from statistics import median

TARGET_PEAK = 268       # GFLOP/s, float32: the core on which the targets were set


@dataclass
class Row:
    """One line of a table.

    Parameters
    ----------
    values : dict
        By peer, ours first: a list of numbers, one for each repeat.
    reach : float, optional
        The target: at most this, or at least if `more_is_better`.
    by_clock : bool
        The core's clock and vectors set the pace: on a slower core the target is scaled.
    """

    label: str
    unit: str
    values: dict
    reach: float = None
    by_clock: bool = False
    more_is_better: bool = False
    note: str = ""
    scaled: float = field(default=None, init=False)     # the target for this core

    def __post_init__(self):
        self.middle = {peer: median(values) for peer, values in self.values.items()}

    def ahead(self):
        """How many times better than the best peer, and which that is.

        None without peers, and where the ratio would have nothing below the line.
        """
        ours, *others = self.middle
        if not others:
            return None
        best = (max if self.more_is_better else min)(others, key=self.middle.get)
        above, below = (ours, best) if self.more_is_better else (best, ours)
        return (self.middle[above] / self.middle[below], best) if self.middle[below] else None

    def reached(self):
        target = self.reach if self.scaled is None else self.scaled
        if target is None:
            return None
        ours = next(iter(self.middle.values()))
        return ours >= target if self.more_is_better else ours <= target

    def as_json(self):
        ahead = self.ahead()
        return {"row": self.label, "unit": self.unit, "values": self.values,
                "median": self.middle, "reach": self.reach, "reach on this core": self.scaled,
                "reached": self.reached(), "more is better": self.more_is_better,
                "times better than the best peer": ahead and ahead[0],
                "best peer": ahead and ahead[1], "note": self.note}


def number(x):
    """Three digits, without an exponent."""
    if x is None:
        return "–"
    digits = 0 if abs(x) >= 100 else 1 if abs(x) >= 10 else 2 if abs(x) >= 1 else 3
    return f"{x:,.{digits}f}"


def with_range(values):
    if len(values) == 1:
        return number(values[0])
    return f"{number(median(values))} ({number(min(values))}–{number(max(values))})"


WIDTH = 26


def heading(peers):
    return (f"{'median (range)':<52}{'':>6}" + "".join(f"{peer:>{WIDTH}}" for peer in peers)
            + f"{'beside the best':>18}{'reach':>8}{'here':>8}")


def line(row, peers):
    ahead = row.ahead()
    mark = {True: "yes", False: "no", None: ""}[row.reached()]
    return (f"{row.label:<52}{row.unit:>6}"
            + "".join(f"{with_range(row.values[peer]) if peer in row.values else '–':>{WIDTH}}"
                      for peer in peers)
            + f"{f'{ahead[0]:.2f}× {ahead[1]}' if ahead else '':>18}"
            + f"{'' if row.reach is None else number(row.reach):>8}"
            + f"{'' if row.scaled is None else number(row.scaled):>8}  {mark:<4}"
            + (row.note and " " + row.note)).rstrip()
