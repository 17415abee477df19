"""Small drawings of a unit's page, written by hand as SVG: a hundredth of the time of a chart (S23)."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd
from markupsafe import Markup, escape

from analysis.report.page.charts import place_apart, shorten
from analysis.report.page.palette import ACCENT, INK, MUTED, RULE, SHADES
from analysis.report.words import score

WIDTH = 360
_MARGIN = 12
_LABEL = 60  # the room that the name of a tier's line may take


def strip_svg(own: float, peers: Sequence[float], lines: Mapping[str, float], step: float) -> Markup:
    """Return the unit's score among its peers' on one axis: peers on a grid, so that none is an exact score.

    Args:
        own: the unit's total.
        peers: the totals of its peers without its own.
        lines: name of a tier → lowest score in it.
        step: width of the grid in points.
    """
    grid = sorted(round(value / step) * step for value in peers)
    values = [own, *grid, *lines.values()]
    low, high = min(values) - step, max(values) + step
    labels = [(_place(line, low, high), name) for name, line in sorted(lines.items(), key=lambda item: item[1])]
    # Labels that would overlap step down.
    rows = place_apart([x for x, _ in labels], [_LABEL] * len(labels))
    base, parts = 96 + 14 * max(0, max(rows, default=0) - 2), []
    for (x, label), row in zip(labels, rows, strict=True):
        parts.append(_line(x, 18 + 14 * row, x, base + 4, RULE, dash="4 3"))
        parts.append(_text(_inside(x, 18), 12 + 14 * row, f"{shorten(label, _LABEL / 10 - 1)}线", MUTED, 10))
    parts.append(_line(_MARGIN, base + 4, WIDTH - _MARGIN, base + 4, RULE))
    seen: dict[float, int] = {}
    for value in grid:
        height = seen[value] = seen.get(value, -1) + 1
        parts.append(_dot(_place(value, low, high), base - 7 * height, 3, SHADES["good"]))
    x = _place(own, low, high)
    parts += [_line(x, base - 46, x, base + 4, ACCENT), _dot(x, base + 4, 5.5, ACCENT)]
    parts.append(_text(_inside(x, 34), base + 24, f"本单位 {score(own)}", INK, 12))
    return _svg(base + 32, parts)


def places_svg(place: int, span: tuple[int, int], lines: Mapping[str, int], count: int) -> Markup:
    """Return a unit's place on the places of all, with the span in which its true place lies.

    Args:
        place: the unit's rank.
        span: best and worst place of its interval.
        lines: name of a tier → its last place.
        count: places.
    """

    def at(place: float) -> float:
        return _place(place, 0.5, count + 0.5)

    base, first, parts = 34, 1, [_line(_MARGIN, 34, WIDTH - _MARGIN, 34, RULE)]
    for name, last in lines.items():
        if last >= first:
            parts.append(_text(_inside(at((first + last) / 2), 14), 12, name, MUTED, 10))
        if last < count:
            parts.append(_line(at(last + 0.5), 18, at(last + 0.5), base + 8, RULE, dash="4 3"))
        first = last + 1
    parts.append(_band(at(span[0] - 0.4), base - 6, at(span[1] + 0.4) - at(span[0] - 0.4), 12, SHADES["good"]))
    parts += [_dot(at(place), base, 5.5, ACCENT), _text(_inside(at(place), 34), base + 22, f"第{place}位", INK, 12)]
    return _svg(62, parts)


def course_svg(
    months: Sequence[str],
    own: Sequence[float],
    mean: Sequence[float],
    *,
    name: str = "本单位",
    other: str = "虚线：全区平均",
    unit: str = "",
    moved: Sequence[str] = (),
) -> Markup:
    """Return months of a figure (line) and of what it is compared with (dashed).

    Args:
        months: the months shown, the last one last.
        own: the figure in each, NaN where there is none.
        mean: what it is compared with in each.
        name: whose figure it is.
        other: what the dashed line is.
        unit: what stands behind the figures.
        moved: the months from which the weights are others: before and after each they are not alike.
    """
    present = [value for value in (*own, *mean) if pd.notna(value)]
    low, high = _whole_points(present)
    top, bottom, left = 24, 128, 36
    xs = [left + (WIDTH - left - 20) * place / max(1, len(months) - 1) for place in range(len(months))]

    def y(value: float) -> float:
        return bottom - (bottom - top) * (value - low) / (high - low)

    parts = [_line(left, y(at), WIDTH - 8, y(at), RULE) for at in (low, (low + high) / 2, high)]
    parts += [_text(left - 4, y(at) + 4, f"{at:.0f}{unit}", MUTED, 10, "end") for at in (low, (low + high) / 2, high)]
    for place, month in enumerate(months):
        if place % 3 == (len(months) - 1) % 3:
            parts.append(_text(xs[place], bottom + 16, f"{int(month[5:])}月", MUTED, 10))
    for row, month in enumerate(moved):
        parts += _mark_month(xs[months.index(month)], top, bottom, f"{int(month[5:])}月起权重调整", row)
    parts += _path(xs, [None if pd.isna(v) else y(v) for v in mean], MUTED, dash="4 3")
    parts += _path(xs, [None if pd.isna(v) else y(v) for v in own], ACCENT)
    parts += [_dot(x, y(value), 3, ACCENT) for x, value in zip(xs, own, strict=True) if pd.notna(value)]
    if pd.notna(own[-1]):
        parts.append(_text(WIDTH - 8, 14, f"{name} {score(own[-1])}{unit}", ACCENT, 12, "end"))
    parts.append(_text(left, 14, other, MUTED, 10, "start"))
    return _svg(bottom + 22, parts)


def _mark_month(x: float, top: float, bottom: float, told: str, row: int) -> list[Markup]:
    """Return a line across the drawing before a month, with a word on the side that has more room, a row each."""
    is_left = x < WIDTH / 2
    words = _text(x + (4 if is_left else -4), bottom - 4 - 12 * row, told, INK, 10, "start" if is_left else "end")
    return [_line(x, top, x, bottom, INK, dash="2 3"), words]


def channels_svg(rows: Sequence[tuple[str, float, float, float]]) -> Markup:
    """Return the unit's channels as dots over the middle half of its peers.

    Args:
        rows: name, own score (NaN: none), lower and upper quartile of the peers.
    """
    values = [value for _, *figures in rows for value in figures if pd.notna(value)]
    low, high = (min(values) - 2, max(values) + 2) if values else (0.0, 100.0)
    left, parts = 84, []
    for place, (name, own, lower, upper) in enumerate(rows):
        y = 20 + 30 * place
        parts.append(_text(left - 8, y + 4, shorten(name, (left - 12) / 12), INK, 12, "end"))
        parts.append(_line(left, y, WIDTH - 44, y, RULE))
        if pd.notna(lower):
            x0, x1 = (left + (WIDTH - 44 - left) * (value - low) / (high - low) for value in (lower, upper))
            parts.append(_band(x0, y - 6, max(2.0, x1 - x0), 12, SHADES["good"]))
        if pd.notna(own):
            x = left + (WIDTH - 44 - left) * (own - low) / (high - low)
            parts.append(_dot(x, y, 5, ACCENT))
        parts.append(_text(WIDTH - 4, y + 4, "—" if pd.isna(own) else score(own), INK, 12, "end"))
    return _svg(12 + 30 * len(rows), parts)


def _whole_points(values: Sequence[float]) -> tuple[int, int]:
    """Return whole points below and above all values, an even number apart, so that the middle is whole too."""
    if not values:
        return 0, 100
    low, high = math.floor(min(values)), math.ceil(max(values))
    high += (high - low) % 2
    return (low, high) if high > low else (low - 1, high + 1)


def _place(value: float, low: float, high: float) -> float:
    return _MARGIN + (WIDTH - 2 * _MARGIN) * (value - low) / (high - low)


def _inside(x: float, half: float) -> float:
    return min(max(x, _MARGIN + half), WIDTH - _MARGIN - half)


def _svg(height: float, parts: Sequence[Markup]) -> Markup:
    return Markup('<svg viewBox="0 0 {} {}" style="width: 100%; max-width: 34rem">{}</svg>').format(
        WIDTH, f"{height:g}", Markup("").join(parts)
    )


def _at(place: float) -> str:
    """Return a place with one decimal, without one that says nothing: a page has hundreds of them."""
    return f"{place:.1f}".removesuffix(".0")


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, dash: str = "") -> Markup:
    places = f'x1="{_at(x1)}" y1="{_at(y1)}" x2="{_at(x2)}" y2="{_at(y2)}"'
    return Markup(f'<line {places} stroke="{colour}"{_dashes(dash)}/>')


def _dashes(pattern: str) -> Markup:
    return Markup(f' stroke-dasharray="{pattern}"' if pattern else "")


def _dot(x: float, y: float, r: float, colour: str) -> Markup:
    return Markup(f'<circle cx="{_at(x)}" cy="{_at(y)}" r="{r:g}" fill="{colour}"/>')


def _band(x: float, y: float, width: float, height: float, colour: str) -> Markup:
    size = f'x="{_at(x)}" y="{_at(y)}" width="{_at(width)}" height="{height:g}"'
    return Markup(f'<rect {size} rx="3" fill="{colour}" fill-opacity="0.45"/>')


def _text(x: float, y: float, text: str, colour: str, size: int, anchor: str = "middle") -> Markup:
    style = f'fill="{colour}" font-size="{size}" text-anchor="{anchor}"'
    return Markup(f'<text x="{_at(x)}" y="{_at(y)}" {style}>{escape(text)}</text>')


def _path(xs: Sequence[float], ys: Sequence[float | None], colour: str, dash: str = "") -> list[Markup]:
    """Return a line through the points that are there; a gap stays a gap."""
    pieces, piece = [], []
    for x, y in [*zip(xs, ys, strict=True), (0.0, None)]:
        if y is not None:
            piece.append(f"{_at(x)},{_at(y)}")
        elif piece:
            pieces.append(" ".join(piece))
            piece = []
    form = '<polyline points="{}" fill="none" stroke="{}" stroke-width="2"{}/>'
    return [Markup(form).format(points, colour, _dashes(dash)) for points in pieces]
