"""What is printed: one line for each workload, and how its cost grows with the size."""

from collections.abc import Sequence

from tests.benchmarks.setting import Line

_HEAD = "| workload | listings | depot | held against | spread |\n| --- | --- | --- | --- | --- |"


def markdown(lines: Sequence[Line]) -> str:
    """The table as the README has it."""
    rows = [
        f"| {one.workload} | {one.size:_} | {one.figure} | {one.against} | {one.spread} |" for one in lines
    ]
    return "\n".join([_HEAD, *rows])
