"""Cost against size as a picture: both axes logarithmic, one panel for each workload."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import ceil, floor, log10

from tests.benchmarks.setting import Line
from tests.benchmarks.table import Curve, grown

_WIDE, _HIGH, _MARGIN, _LABELS = 420, 300, 50, 130
_COLOURS = {
    "depot": "#0b6e4f", "bare": "#888888", "database": "#1f77b4", "encoding": "#bbbbbb", "naive": "#d62728",
    "usual indexes": "#ff7f0e", "Datasette": "#9467bd",
}  # fmt: skip


def svg(lines: Sequence[Line]) -> str:
    """All workloads that were measured at several sizes."""
    panels = list(grown(lines))
    high = _HIGH * max(1, len(panels))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE + _LABELS} {high}" font-family="sans-serif" font-size="11">',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for number, (workload, curves) in enumerate(panels):
        parts += [f'<g transform="translate(0 {number * _HIGH})">', *_panel(workload, curves), "</g>"]
    return "\n".join([*parts, "</svg>\n"])


def _panel(workload: str, curves: Mapping[str, Curve]) -> Iterator[str]:
    axes = _Axes([point for curve in curves.values() for point in _points(curve)])
    yield f'<text x="{_MARGIN}" y="20" font-size="13">{escape(workload)}: ms of processor by listings</text>'
    yield from axes.drawn()
    taken: list[float] = []
    for name, curve in curves.items():
        colour = _COLOURS.get(name, "#000000")
        places = [axes.place(*point) for point in _points(curve)]
        told = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        wide = 2.5 if name == "depot" else 1.2
        yield f'<polyline points="{told}" fill="none" stroke="{colour}" stroke-width="{wide}"/>'
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{wide + 1}" fill="{colour}"/>' for x, y in places)
        x, y = places[-1]
        while any(abs(y - other) < 12 for other in taken):
            y += 3
        taken.append(y)
        yield f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" fill="{colour}">{escape(name)}</text>'


def _points(curve: Curve) -> list[tuple[float, float]]:
    return [(log10(size), log10(max(series.cost, 1e-4))) for size, series in curve]


class _Axes:
    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        across, up = zip(*points, strict=True)
        self._left, self._right = floor(min(across)), max(ceil(max(across)), floor(min(across)) + 1)
        self._low, self._high = floor(min(up)), max(ceil(max(up)), floor(min(up)) + 1)

    def place(self, across: float, up: float) -> tuple[float, float]:
        x = _MARGIN + (across - self._left) / (self._right - self._left) * (_WIDE - 2 * _MARGIN)
        y = _HIGH - _MARGIN + (self._low - up) / (self._high - self._low) * (_HIGH - 2 * _MARGIN)
        return x, y

    def drawn(self) -> Iterator[str]:
        """A line for each power of ten."""
        for power in range(self._left, self._right + 1):
            (x, low), (_, high) = self.place(power, self._low), self.place(power, self._high)
            yield f'<line x1="{x:.1f}" y1="{low:.1f}" x2="{x:.1f}" y2="{high:.1f}" stroke="#ddd"/>'
            yield f'<text x="{x:.1f}" y="{low + 16:.1f}" text-anchor="middle">{10**power:,}</text>'
        for power in range(self._low, self._high + 1):
            (left, y), (right, _) = self.place(self._left, power), self.place(self._right, power)
            yield f'<line x1="{left:.1f}" y1="{y:.1f}" x2="{right:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
            yield f'<text x="{left - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>'
