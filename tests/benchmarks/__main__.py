"""The runner: `python -m tests.benchmarks`; see README.md."""

import argparse
import json
import os
import platform
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from . import report
from .peers import PEERS, missing
from .processes import Bench

TABLES = ("training", "inference", "startup", "matmul", "activations", "eager", "growth",
          "threads", "progress")


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("tables", nargs="*", help=f"some of {', '.join(TABLES)}; default all")
    parser.add_argument("--peers", help=f"some of {', '.join(list(PEERS)[1:])}, with commas; "
                                        "default all that are installed")
    parser.add_argument("--repeats", type=int, default=5, help="turns of each peer")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw them there (a PNG)")
    parser.add_argument("--quick", action="store_true", help="little work, to see that it runs; "
                                                             "its times mean nothing")
    options = parser.parse_args()
    if unknown := set(options.tables) - set(TABLES):
        parser.error(f"unknown table {', '.join(unknown)}; there are {', '.join(TABLES)}")
    wanted = list(PEERS)[1:] if options.peers is None else options.peers.split(",")
    if unknown := set(wanted) - set(PEERS):
        parser.error(f"unknown peer {', '.join(unknown)}; there are {', '.join(list(PEERS)[1:])}")
    if options.picture and find_spec("matplotlib") is None:
        parser.error("--picture needs matplotlib")
    for peer in wanted:
        if missing(peer):
            print(f"without {peer}: not installed: {', '.join(missing(peer))}")

    bench = Bench(["autograd_mlp", *(p for p in wanted if not missing(p))],
                  options.repeats, options.quick)
    try:
        results = run(bench, options.tables or TABLES)
    finally:
        bench.close()
    if options.json:
        options.json.write_text(json.dumps(results, indent=1, ensure_ascii=False))
    if options.picture:
        from .picture import draw
        draw(results, options.picture)


def run(bench, tables):
    """Measure and print; the results as they go into the JSON."""
    versions = [bench.worker(peer).ask(table="about", quick=bench.quick)["version"]
                for peer in bench.peers]
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores; "
          + "; ".join(versions))
    if bench.threads < 2:
        print("only one core may be used: rows of two threads are left out")
    results = {"versions": versions, "quick": bench.quick, "tables": {}}
    for name in tables:
        table, start = import_module(f".{name}", __package__), time.monotonic()
        peak = bench.peak()
        print(f"\n{table.TITLE}\nFMA peak of a core now: {peak:.0f} GFLOP/s float32, the targets "
              f"are for {report.TARGET_PEAK}; load {os.getloadavg()[0]:.1f}")
        rows, columns = [], []
        for row in table.rows(bench):
            if row.by_clock and row.reach is not None:
                row.scaled = row.reach * report.TARGET_PEAK / peak
            if not columns:
                columns = list(row.values)
                print(report.heading(columns))
            print(report.line(row, columns), flush=True)
            rows.append(row.as_json())
        print(f"({time.monotonic() - start:.0f} s)")
        results["tables"][name] = {"peak": peak, "load": os.getloadavg()[0], "rows": rows}
    return results


if __name__ == "__main__":
    main()
