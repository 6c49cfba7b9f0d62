"""Running the suite in this process."""

from collections.abc import Iterable

from app.cli.conformance import bench_for
from app.conformance.bench import Result, Verdict
from app.conformance.rules import chosen


def judge(
    url: str, *, callback: int = 0, control: str = "", only: Iterable[str] = (), patience: float = 60
) -> list[Verdict]:
    """A verdict for every rule, or for some and what they stand on."""
    with bench_for(url, [], control, listen=f"127.0.0.1:{callback}", public="") as bench:
        bench.items, bench.patience = 8, patience
        return [rule.verdict(bench) for rule in chosen(tuple(only))]


def broken(verdicts: Iterable[Verdict]) -> dict[str, str]:
    """Which rules do not hold, and what was seen."""
    return {one.rule: one.reason for one in verdicts if one.result is Result.FAILED}


def passed(verdicts: Iterable[Verdict]) -> set[str]:
    return {one.rule for one in verdicts if one.result is Result.PASSED}
