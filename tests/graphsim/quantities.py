"""What a number in a setting may be; a range may be given as one number."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field


def _as_range(value: object) -> object:
    return (value, value) if isinstance(value, int | float) else value


def _in_order(edges: tuple[float, float]) -> tuple[float, float]:
    if not 0 <= edges[0] <= edges[1]:
        raise ValueError("a range has the lesser number first, and none below 0")
    return edges


Range = Annotated[tuple[float, float], BeforeValidator(_as_range), AfterValidator(_in_order)]
WholeRange = Annotated[tuple[int, int], BeforeValidator(_as_range), AfterValidator(_in_order)]
Probability = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(ge=0)]
Percentage = Annotated[int, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=0)]
Length = Annotated[int, Field(ge=1)]
