"""Precision against recall, as a picture in SVG: lines, no library."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, MARGIN = 640, 420, 56
COLOURS = ("#1f5fa8", "#c2571a", "#3d7f3f")


@dataclass(frozen=True)
class Point:
    """One threshold's recall and precision, both from 0 to 1."""

    threshold: int
    recall: float
    precision: float


@dataclass(frozen=True)
class Curve:
    """A named line; `chosen` is the threshold that the rules use."""

    name: str
    points: Sequence[Point]
    chosen: int


def svg(title: str, curves: Sequence[Curve]) -> str:
    """The picture."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{WIDTH / 2}" y="24" text-anchor="middle" font-size="15">{title}</text>',
        *_axes(),
    ]
    for number, curve in enumerate(curves):
        parts += _curve(curve, COLOURS[number % len(COLOURS)], number)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _axes() -> list[str]:
    parts = []
    for tenth in range(0, 11, 2):
        value = tenth / 10
        x, y = _x(value), _y(value)
        parts += [
            f'<line x1="{x}" y1="{_y(0)}" x2="{x}" y2="{_y(1)}" stroke="#ddd"/>',
            f'<line x1="{_x(0)}" y1="{y}" x2="{_x(1)}" y2="{y}" stroke="#ddd"/>',
            f'<text x="{x}" y="{_y(0) + 18}" text-anchor="middle">{value:.0%}</text>',
            f'<text x="{_x(0) - 8}" y="{y + 4}" text-anchor="end">{value:.0%}</text>',
        ]
    middle = (_y(0) + _y(1)) / 2
    return [
        *parts,
        f'<text x="{(_x(0) + _x(1)) / 2}" y="{HEIGHT - 14}" text-anchor="middle">recall</text>',
        f'<text x="16" y="{middle}" transform="rotate(-90 16 {middle})" '
        'text-anchor="middle">precision</text>',
    ]


def _curve(curve: Curve, colour: str, number: int) -> list[str]:
    line = " ".join(f"{_x(point.recall)},{_y(point.precision)}" for point in curve.points)
    y = _y(0) - 14 - 18 * number
    parts = [
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>',
        f'<text x="{_x(0) + 12}" y="{y}" fill="{colour}">{curve.name}</text>',
    ]
    for point in curve.points:
        chosen = point.threshold == curve.chosen
        x, height = _x(point.recall), _y(point.precision)
        parts.append(f'<circle cx="{x}" cy="{height}" r="{6 if chosen else 2.5}" fill="{colour}"/>')
        if chosen:
            label = f"{point.threshold} points"
            parts.append(
                f'<text x="{x - 10}" y="{height + 18}" text-anchor="end" fill="{colour}">{label}</text>'
            )
    return parts


def _x(value: float) -> float:
    return round(MARGIN + value * (WIDTH - 2 * MARGIN), 1)


def _y(value: float) -> float:
    return round(HEIGHT - MARGIN - value * (HEIGHT - 2 * MARGIN), 1)
