"""The colours of the console can be read, in light and in dark, by WCAG 2.2 AA."""

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[3] / "services/policy/console/static/console.css").read_text()
LEGIBLE, DISCERNIBLE = 4.5, 3.0

PAIRS = [
    *((ink, paper, LEGIBLE) for ink in ("ink", "soft", "accent", "go", "stop", "warn") for paper in ("card", "paper")),
    ("accent", "tint", LEGIBLE),
    ("ink", "tint", LEGIBLE),
    ("warn", "warn-paper", LEGIBLE),
    *(("accent-ink", paper, LEGIBLE) for paper in ("accent", "go", "stop")),
    *(("edge", paper, DISCERNIBLE) for paper in ("card", "paper")),
]


def palettes() -> dict[str, dict[str, str]]:
    """Return the colours of both schemes; dark has those of light where it names none."""
    light, dark = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", each))
        for each in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
    ]
    return {"light": light, "dark": {**light, **dark}}


def luminance(colour: str) -> float:
    """Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    digits = colour[1:] if len(colour) == 7 else "".join(each * 2 for each in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "paper", "least"), PAIRS)
def test_colours_have_contrast(scheme: str, ink: str, paper: str, least: float) -> None:
    colours = palettes()[scheme]
    dark, light = sorted((luminance(colours[ink]), luminance(colours[paper])))

    assert (light + 0.05) / (dark + 0.05) >= least


def test_motion_and_print_and_focus_are_seen_to() -> None:
    assert "prefers-reduced-motion: reduce" in CSS
    assert "@media print" in CSS
    assert ":focus-visible" in CSS
