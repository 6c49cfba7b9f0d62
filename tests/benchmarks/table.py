"""What is printed: one line for each workload, and how its cost grows with the size."""

import statistics
from collections.abc import Iterator, Sequence
from itertools import groupby
from math import log

from tests.benchmarks.measuring import Series
from tests.benchmarks.setting import Line

_HEAD = "| workload | listings | depot | held against | spread |\n| --- | --- | --- | --- | --- |"
_GROWTH = "| cost ∝ listings^α | from | to | α |\n| --- | --- | --- | --- |"
Curve = list[tuple[int, Series]]
"""What somebody took at each size."""


def markdown(lines: Sequence[Line]) -> str:
    """The tables as the README has them."""
    rows = [row(one) for one in lines]
    growth = [
        f"| {workload} | {curves['depot'][0][0]:_} | {curves['depot'][-1][0]:_} | "
        + ", ".join(f"{name} {exponent(curve)}" for name, curve in curves.items())
        + " |"
        for workload, curves in grown(lines)
    ]
    return "\n".join([_HEAD, *rows, *(["", _GROWTH, *growth] if growth else [])])


def row(one: Line) -> str:
    """One line of the table."""
    return f"| {one.workload} | {one.size:_} | {one.figure} | {one.against} | {one.spread} |"


def grown(lines: Sequence[Line]) -> Iterator[tuple[str, dict[str, Curve]]]:
    """Each workload that was measured at several sizes, and the curve of each contestant."""
    of_workload = sorted(
        (one for one in lines if "depot" in one.told), key=lambda one: (one.workload, one.size)
    )
    for workload, some in groupby(of_workload, key=lambda one: one.workload):
        measured = list(some)
        if len({one.size for one in measured}) > 1:
            names = [name for name in measured[0].told if all(name in one.told for one in measured)]
            yield workload, {name: [(one.size, one.told[name]) for one in measured] for name in names}


def exponent(curve: Curve) -> str:
    """Of the medians, and how far apart the rounds are about it: 0 costs the same at any size, 1 is naive."""
    rounds = zip(
        *([stretch.processor / stretch.times for stretch in one.quiet] for _, one in curve), strict=False
    )
    sizes = [size for size, _ in curve]
    each = [_slope(sizes, costs) for costs in rounds]
    middle = _slope(sizes, [series.cost for _, series in curve])
    return f"{middle:.2f} ± {(max(each) - min(each)) / 2:.2f}"


def _slope(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """Of the straight line through the logarithms."""
    fit = statistics.linear_regression(
        [log(size) for size in sizes], [log(max(cost, 1e-9)) for cost in costs]
    )
    return fit.slope
