"""Plots as SVG text: bars start at zero, intervals are drawn, and labels stand at what they name.

Colours come from the page's stylesheet, by class. A plot that stands alone has a title and a
description for those who cannot see it; one that stands in a table's row beside its own figure is
hidden from screen readers, and measures itself in percent so that it fits any cell.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

from qa.evaluation.run import Bin, Point

WIDTH, HEIGHT = 360, 260
LEFT, RIGHT, TOP, BOTTOM = 44, 20, 22, 40
MARKERS = 34  # what the two labels above a histogram take
STRIP = 44  # what the counts below a reliability plot take
MOST_BINS = 24
Z95 = 1.959964

Scale = Callable[[float], float]


def wilson(share: float, count: int) -> tuple[float, float]:
    """The 95 % score interval of a share of ``count`` (Wilson, JASA 22, 1927)."""
    if not count:
        return 0.0, 1.0
    spread = Z95 * math.sqrt(share * (1 - share) / count + Z95**2 / (4 * count**2))
    centre, scale = share + Z95**2 / (2 * count), 1 + Z95**2 / count
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def nice_step(span: float, steps: int) -> float:
    """The smallest of 1, 2, 2.5 and 5 times a power of ten that covers the span in the steps."""
    least = max(span, 1e-9) / max(steps, 1)
    power = 10.0 ** math.floor(math.log10(least))
    # A hair of tolerance, or 0.1 + 0.2 would be above 0.3.
    return next(f * power for f in (1.0, 2.0, 2.5, 5.0, 10.0) if f * power >= least * (1 - 1e-9))


def number(value: float) -> str:
    """A value as it is read: three figures, no needless zeros, a real minus."""
    return f"{value:.3g}".replace("-", "−") if abs(value) < 1000 else f"{value:,.0f}"


def percent(share: float) -> str:
    """A share in percent, to the point; to a tenth where it is small."""
    value = 100 * share
    return f"{value:.{1 if 0 < value < 9.95 else 0}f}\N{NO-BREAK SPACE}%".replace(".0", "")


def interval(
    value: float, low: float, high: float, *, left: float = 0.0, right: float = 1.0
) -> str:
    """A mark in its interval on the line from ``left`` to ``right``, for a table's cell.

    Where zero lies between the two it is marked: the line that a difference crosses or does not.
    """
    share = _share(left, right)
    zero = f'<line class="zero" x1="{share(0)}" x2="{share(0)}" y1="1" y2="21"/>'
    return (
        '<svg class="cell" height="22" aria-hidden="true" focusable="false">'
        '<line class="axis" x1="0%" x2="100%" y1="11" y2="11"/>'
        f"{zero if left < 0 < right else ''}"
        f'<line class="reach" x1="{share(low)}" x2="{share(high)}" y1="11" y2="11"/>'
        f'<line class="mark" x1="{share(value)}" x2="{share(value)}" y1="4" y2="18"/></svg>'
    )


def bar(
    value: float,
    *,
    top: float,
    span: tuple[float, float] | None = None,
    own: bool = False,
) -> str:
    """A bar from zero on a scale that ends at ``top``, with its interval where one is known."""
    share = _share(0.0, top)
    whisker = ""
    if span:
        whisker = (
            f'<line class="whisker" x1="{share(span[0])}" x2="{share(span[1])}" y1="9" y2="9"/>'
        )
    return (
        '<svg class="cell" height="18" aria-hidden="true" focusable="false">'
        f'<rect class="{"own" if own else "other"}" width="{share(value)}" y="2" height="14"/>'
        f"{whisker}</svg>"
    )


def histogram(title: str, values: Sequence[float], *, p50: float, p95: float) -> str:
    """How many of the times (in milliseconds) fall in each stretch, with p50 and p95 marked.

    The slowest hundredth shares the last bar where it would press the others together.
    """
    bars, slower = _binned(sorted(values), p95)
    most = max(count for _, _, count in bars)
    x, y = _across(0, bars[-1][1]), _down(0, most, top=TOP + MARKERS)
    end = bars[-2][1] if slower else bars[-1][1]
    parts = [
        f'<rect class="own" x="{x(left) + 0.5:.1f}" y="{y(count):.1f}" '
        f'width="{max(0.5, x(right) - x(left) - 1):.1f}" height="{y(0) - y(count):.1f}">'
        f"<title>{count} of {len(values)}</title></rect>"
        for left, right, count in bars
        if count
    ]
    parts += [_milliseconds(x, y, end), _counts(y, most)]
    if slower:
        parts.append(_text(x(bars[-1][1]), y(slower) - 4, f"{slower} slower", anchor="end"))
    # The later one's label stands higher, so that neither line runs through the other's label.
    parts.append(_marker(x(p95), 12, y(0), f"95\N{NO-BREAK SPACE}% within {number(p95)} ms", 0.6))
    parts.append(_marker(x(p50), 28, y(0), f"half within {number(p50)} ms", 0.45))
    text = (
        f"{len(values)} times. Half are within {number(p50)} ms, 95 percent within "
        f"{number(p95)} ms, the slowest took {number(max(values))} ms."
    )
    return _figure(title, text, parts)


def _binned(ordered: Sequence[float], p95: float) -> tuple[list[tuple[float, float, int]], int]:
    """Bars as (from, to, count) from zero on, and how many the last holds that are slower."""
    reach = 1.02 * max(ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))], p95, 1e-3)
    step = nice_step(reach, MOST_BINS)
    bins = max(1, math.ceil(reach / step))
    slower = sum(value >= bins * step for value in ordered)
    counts = [0] * bins
    for value in ordered[: len(ordered) - slower]:
        counts[min(bins - 1, int(value / step))] += 1
    bars = [(at * step, (at + 1) * step, count) for at, count in enumerate(counts)]
    if slower:
        bars.append(((bins + 0.6) * step, (bins + 1.6) * step, slower))
    return bars, slower


def reliability(bins: Sequence[Bin]) -> str:
    """The share right against the confidence stated, with 95 % intervals and the counts below."""
    x, y = _across(0, 1), _down(0, 1)
    filled = [each for each in bins if each.count]
    most = max(each.count for each in filled)
    parts = [
        _line("guide", x(0), y(0), x(1), y(1)),
        _text(x(1), TOP - 9, "dashed: right as often as claimed", anchor="end"),
        _shares(x, y),
    ]
    for each in filled:
        low, high = wilson(each.right, each.count)
        at = x(each.confidence)
        parts += [
            _line("range", at, y(low), at, y(high)),
            f'<circle class="dot" cx="{at:.1f}" cy="{y(each.right):.1f}" r="4.5"/>',
            _count_below(each, x, HEIGHT + STRIP - 22, most),
        ]
    parts.append(_text(x(0.5), HEIGHT + STRIP - 4, "confidence stated; below it, how often"))
    parts.append(_text(LEFT, TOP - 9, "share right", anchor="start"))
    told = (f"{each.right:.0%} of {each.count} at {each.confidence:.2f}" for each in filled)
    text = "Share right by confidence: " + "; ".join(told) + "."
    return _figure("Confidence against truth", text, parts, height=HEIGHT + STRIP)


def coverage(points: Sequence[Point], *, asked: int, threshold: float | None) -> str:
    """The share wrong of what is answered, against the share answered, as the threshold moves.

    The band is the 95 % score interval of each point alone. The threshold in force is marked.
    """
    # A strict threshold answers next to nothing, and the error of next to nothing says nothing.
    least = min(10, asked / 2)
    ordered = sorted(
        (each for each in points if each.coverage * asked >= least),
        key=lambda each: (each.coverage, each.threshold),
    )
    spans = [wilson(each.error, round(each.coverage * asked)) for each in ordered]
    highest = max([high for _, high in spans], default=1.0)
    top = min(1.0, nice_step(max(highest, 0.04), 4) * 4)
    x, y = _across(0, 1), _down(0, top)
    upper = [
        (x(p.coverage), y(min(high, top))) for p, (_, high) in zip(ordered, spans, strict=True)
    ]
    lower = [(x(p.coverage), y(low)) for p, (low, _) in zip(ordered, spans, strict=True)]
    middle = [(x(p.coverage), y(p.error)) for p in ordered]
    parts = [
        f'<polygon class="band" points="{_path(upper + lower[::-1])}"/>',
        f'<polyline class="line" points="{_path(middle)}"/>',
        _shares(x, y, top=top),
        _text(x(0.5), HEIGHT - 4, "share of the questions answered"),
        _text(LEFT, TOP - 9, "wrong, of those answered", anchor="start"),
    ]
    text = f"Answering all it can, {percent(ordered[-1].error)} is wrong." if ordered else ""
    inside = [each for each in ordered if threshold is not None and each.threshold >= threshold]
    if inside and threshold is not None:
        here = inside[-1]
        parts.append(_here((x(here.coverage), y(here.error)), y(0), upper, here, threshold))
        text = (
            f"At the threshold in force, {percent(here.coverage)} is answered and "
            f"{percent(here.error)} of that is wrong. {text}"
        )
    return _figure("Answering more, being wrong more often", text, parts)


def _here(
    dot: tuple[float, float],
    ground: float,
    upper: Sequence[tuple[float, float]],
    point: Point,
    threshold: float,
) -> str:
    """The point in force, labelled above the band where there is room, else near the ground."""
    x, y = dot
    anchor, shift = ("start", 8) if x < WIDTH * 0.5 else ("end", -8)
    beside = [top for at, top in upper if abs(at - x) < 150 and (at - x) * shift >= 0]
    clear = min([*beside, y]) - 26
    first = clear if clear > TOP + 10 else ground - 24
    said = f"answers {percent(point.coverage)}, {percent(point.error)} wrong"
    return (
        _line("guide", x, min(first, y), x, ground)
        + f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
        + _text(x + shift, first, f"threshold {number(threshold)}:", anchor=anchor, strong=True)
        + _text(x + shift, first + 14, said, anchor=anchor, strong=True)
    )


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _count_below(each: Bin, x: Scale, ground: float, most: int) -> str:
    left, right = x(each.low), x(min(each.high, 1.0))
    tall = 20 * each.count / most
    return (
        f'<rect class="other" x="{left + 1:.1f}" y="{ground - tall:.1f}" '
        f'width="{right - left - 2:.1f}" height="{tall:.1f}"/>'
        + _text((left + right) / 2, ground - tall - 2, f"{each.count}", small=True)
    )


def _share(left: float, right: float) -> Callable[[float], str]:
    def position(value: float) -> str:
        within = (value - left) / (right - left) if right > left else 0.0
        return f"{100 * min(1.0, max(0.0, within)):.2f}%"

    return position


def _across(low: float, high: float) -> Scale:
    return lambda value: LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / (high - low)


def _down(low: float, high: float, *, top: int = TOP) -> Scale:
    ground = HEIGHT - BOTTOM
    return lambda value: ground - (ground - top) * (value - low) / (high - low)


def _shares(x: Scale, y: Scale, *, top: float = 1.0) -> str:
    """Both axes in percent: the horizontal to 100, the vertical to ``top``."""
    parts = [_line("axis", x(0), y(0), x(1), y(0))]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(_text(x(tick), y(0) + 14, percent(tick), small=True))
        height = tick * top
        parts.append(_text(LEFT - 6, y(height) + 4, percent(height), anchor="end", small=True))
        if tick:
            parts.append(_line("gridline", x(0), y(height), x(1), y(height)))
    return "".join(parts)


def _milliseconds(x: Scale, y: Scale, end: float) -> str:
    step = nice_step(end, 6)
    parts = [_line("axis", LEFT, y(0), WIDTH - RIGHT, y(0))]
    for index in range(int(end / step + 1e-9) + 1):
        parts.append(_text(x(index * step), y(0) + 14, number(index * step), small=True))
    return "".join(parts) + _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, "milliseconds")


def _counts(y: Scale, most: int) -> str:
    return (
        _text(LEFT - 6, y(0) + 4, "0", anchor="end", small=True)
        + _text(LEFT - 6, y(most) + 8, f"{most}", anchor="end", small=True)
        + _text(2, y(most) - 6, "questions", anchor="start")
    )


def _marker(x: float, top: float, ground: float, label: str, turn: float) -> str:
    """A line down from its label, which changes sides at this share of the width."""
    anchor, shift = ("end", -5) if x > WIDTH * turn else ("start", 5)
    return _line("marker", x, top - 9, x, ground) + _text(
        x + shift, top, label, anchor=anchor, strong=True
    )


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "middle",
    small: bool = False,
    strong: bool = False,
) -> str:
    kind = "tick" if small else "strong" if strong else "label"
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _figure(title: str, text: str, parts: Sequence[str], *, height: int = HEIGHT) -> str:
    return (
        f'<svg class="plot" role="img" viewBox="0 0 {WIDTH} {height}">'
        f"<title>{escape(title)}</title><desc>{escape(text)}</desc>{''.join(parts)}</svg>"
    )
