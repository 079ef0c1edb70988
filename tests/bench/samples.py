"""From samples to figures. Percentiles are values that were measured, never between two of them."""

import math
from collections.abc import Sequence
from statistics import median


def percentile(samples: Sequence[float], percent: float) -> float:
    """Return the smallest sample that at least `percent` of all samples do not exceed (the nearest rank)."""
    if not samples:
        raise ValueError("there is no percentile of no samples")
    if not 0 < percent <= 100:
        raise ValueError(f"a percentile is above 0 and at most 100, not {percent:g}")
    return sorted(samples)[math.ceil(percent / 100 * len(samples)) - 1]


def over_rounds(figures: Sequence[float], unit: str) -> tuple[float, str]:
    """Return the median of the rounds' figures, and words that say how far apart they were."""
    return median(figures), f"{len(figures)} rounds, {digits(min(figures))} to {digits(max(figures))} {unit}"


def digits(value: float) -> str:
    """Write a number with three significant digits, and with all of those before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
