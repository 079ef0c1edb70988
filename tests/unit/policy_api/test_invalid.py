"""Validation errors are told in sentences of ours, whatever pydantic finds."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from pydantic_core.core_schema import ErrorType

from services.policy.api.availability import AvailabilityQuery
from services.policy.api.connection_bodies import ConnectionPatch, NewConnection
from services.policy.api.invalid import PROBLEMS, problem_of
from services.policy.api.policy_bodies import NewPolicy, PolicyFilter
from services.policy.api.reservation_bodies import Cancellation, NewReservation, ReservationFilter, ReservationPatch
from services.policy.api.space_bodies import NewSpace, SpacePatch
from services.policy.api.spaces import SpacePage

TAKEN: list[type[BaseModel]] = [
    NewConnection,
    ConnectionPatch,
    NewSpace,
    SpacePatch,
    NewReservation,
    ReservationPatch,
    Cancellation,
    ReservationFilter,
    AvailabilityQuery,
    SpacePage,
    NewPolicy,
    PolicyFilter,
]
"""All that requests bring."""

ODD: list[Any] = [
    *(None, True, 0, -1, 1.5, 10**30, float("inf"), "", " ", "x" * 3000, "9" * 40, "1e2", "\ud800", "nul\x00"),
    *([], ["x"], [1], ["00000000-0000-4000-8000-000000000000"] * 200, {}, {"email": 1}, {"email": "a@b", "phone": 1}),
    *("2027-13-01T09:00:00Z", "2027-03-01", "2027-03-01T09:00:00", "2027-03-01T09:00:00Z", "not-a-uuid", b"bytes"),
]


def errors_of(model: type[BaseModel]) -> Iterator[Any]:
    """Find every error that something odd in some field of a model gives, and that nothing at all gives."""
    for name, field in model.model_fields.items():
        for odd in ODD:
            try:
                model.model_validate({field.alias or name: odd, "colour": "red"})
            except ValidationError as error:
                yield from error.errors()
    for whole in ODD:
        try:
            model.model_validate(whole)
        except ValidationError as error:
            yield from error.errors()


def told(error: Any) -> str:
    where = {**error, "loc": ("body", *error["loc"])}
    [field] = problem_of(RequestValidationError([where]), None).errors
    return f"{field.problem}: {field.expected}"


@pytest.mark.parametrize("model", TAKEN, ids=lambda model: model.__name__)
def test_what_can_be_wrong_with_a_request_is_told_in_a_sentence_of_its_own(model: type[BaseModel]) -> None:
    found = list(errors_of(model))

    assert found
    for error in found:
        kind = error["type"]
        assert kind in PROBLEMS or kind == "value_error", f"{model.__name__}: {error}"
        assert kind == "value_error" or error["msg"] not in told(error)
        assert "{" not in told(error)
        assert "Input should" not in told(error)


@pytest.mark.parametrize("kind", get_args(ErrorType))
def test_no_wording_of_pydantic_gets_out(kind: str) -> None:
    sizes = {"max_length": 1, "min_length": 1, "ge": 1, "le": 1}
    facts = {"error": ValueError("A sentence of ours"), "expected": "'a' or 'b'", **sizes}

    text = told({"type": kind, "loc": ("field",), "msg": "Input should be pydantic's", "ctx": facts})

    assert "Input should" not in text
    assert "{" not in text


def test_facts_are_filled_in() -> None:
    assert told({"type": "less_than_equal", "loc": ("capacity",), "msg": "", "ctx": {"le": 100_000}}) == (
        "is too large: 100,000 or less"
    )
