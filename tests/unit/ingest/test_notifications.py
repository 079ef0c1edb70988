import contextlib
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.core.client_state import sign
from services.ingest.core.notifications import Changed, LifecycleEvent, NotACollection, sort_entries

SECRETS = ["a secret of today, long enough"]
SPACE = UUID("0c8f7f7e-0a3c-4f7e-9a55-6f8d1f0f2a11")
OTHER_SPACE = UUID("9b1d7d0e-52d5-4a8e-8d3b-7c1f4be0a922")
ROOM = "c8a3e7a5-7b0e-4a0c-8f53-4b9f4a0d7b11"


def an_entry(event_id: str = "AAMkAD=", **changed: Any) -> dict[str, Any]:
    path = f"Users/{ROOM}/Events/{event_id}"
    return {
        "subscriptionId": "7f105c7d-2dc5-4530-97cd-4e7ae6534c07",
        "subscriptionExpirationDateTime": "2026-11-28T10:00:00.0000000Z",
        "clientState": sign(SECRETS, SPACE, 1),
        "tenantId": "84bd8158-6d4d-4958-8b9f-9d6445542f95",
        "changeType": "updated",
        "resource": path,
        "resourceData": {"@odata.type": "#Microsoft.Graph.Event", "@odata.id": path, "id": event_id},
        **changed,
    }


def event_ids(body: object) -> list[str]:
    return [each.event_id for each in sort_entries(body, SECRETS).changes]


ID = "AAMk-_AD/Q+x="


@pytest.mark.parametrize(
    ("changed", "event_id"),
    [
        pytest.param({}, ID, id="resource data"),
        pytest.param({"resourceData": None}, ID, id="no resource data"),
        pytest.param({"resourceData": {}}, ID, id="resource data without an id"),
        pytest.param({"resourceData": {"id": ""}}, ID, id="resource data with an empty id"),
        pytest.param({"resourceData": {"id": 5}}, None, id="an id that is a number"),
        pytest.param({"resourceData": {"id": "x" * 1025}}, None, id="an id that is too long"),
        pytest.param({"resourceData": {"id": "AA\x00A"}}, None, id="an id with a control character"),
        pytest.param({"resourceData": {"id": "AA\ud800"}}, None, id="an id with half a surrogate pair"),
        pytest.param({"resourceData": None, "resource": f"users/{ROOM}/events/{ID}"}, ID, id="lower case"),
        pytest.param({"resourceData": None, "resource": f"/Users/{ROOM}/Events/{ID}"}, ID, id="from the root"),
        pytest.param({"resourceData": None, "resource": f"Users('{ROOM}')/Events('{ID}')"}, ID, id="in brackets"),
        pytest.param({"resourceData": None, "resource": f"users('a@b.c')/events('{ID}')"}, ID, id="by address"),
        pytest.param(
            {"resourceData": None, "resource": f"Users/{ROOM}/Calendars/X/Events/{ID}"}, ID, id="below a calendar"
        ),
        pytest.param({"resourceData": None, "resource": f"Users/{ROOM}/Messages/{ID}"}, None, id="not an event"),
        pytest.param({"resourceData": None, "resource": f"Users/{ROOM}/Events/"}, None, id="no id"),
        pytest.param({"resourceData": None, "resource": 7}, None, id="a resource that is a number"),
        pytest.param({"resourceData": [], "resource": None}, None, id="nothing"),
        pytest.param({"changeType": "moved"}, None, id="a change nobody knows"),
        pytest.param({"changeType": None}, None, id="no change"),
        pytest.param({"changeType": ["updated"]}, None, id="a list of changes"),
    ],
)
def test_the_event_is_named_as_the_entry_names_it(changed: dict[str, Any], event_id: str | None) -> None:
    found = sort_entries({"value": [an_entry(ID, **changed)]}, SECRETS)

    assert [each.event_id for each in found.changes] == ([] if event_id is None else [event_id])
    assert found.unreadable == (1 if event_id is None else 0)


@pytest.mark.parametrize(("one", "other"), [("AA-A=", "AA_A="), ("aa", "AA"), ("AA", "AA=")])
def test_ids_that_differ_by_one_character_are_two(one: str, other: str) -> None:
    assert event_ids({"value": [an_entry(one), an_entry(other)]}) == [one, other]


def test_an_event_named_several_times_is_taken_once() -> None:
    body = {"value": [an_entry("A", changeType="created"), an_entry("B"), an_entry("A"), an_entry("A")]}

    assert sort_entries(body, SECRETS).changes == [Changed(SPACE, each, "updated", 1) for each in "AB"]


def test_the_same_event_id_in_two_spaces_is_two_changes() -> None:
    elsewhere = an_entry("A", clientState=sign(SECRETS, OTHER_SPACE, 4))

    found = sort_entries({"value": [an_entry("A"), elsewhere]}, SECRETS)

    assert [each.space_id for each in found.changes] == [SPACE, OTHER_SPACE]


LIFECYCLE = {
    "subscriptionId": "7f105c7d-2dc5-4530-97cd-4e7ae6534c07",
    "subscriptionExpirationDateTime": "2026-11-28T10:00:00.0000000Z",
    "clientState": sign(SECRETS, SPACE, 5),
}
AS_DOCUMENTED = {**LIFECYCLE, "tenantId": "84bd8158-6d4d-4958-8b9f-9d6445542f95"}
AS_REPORTED = {
    **LIFECYCLE,
    "organizationId": "84bd8158-6d4d-4958-8b9f-9d6445542f95",
    "resource": "Subscriptions/7f105c7d-2dc5-4530-97cd-4e7ae6534c07",
    "resourceData": {
        "@odata.type": "#microsoft.graph.subscription",
        "@odata.id": "Subscriptions/7f105c7d-2dc5-4530-97cd-4e7ae6534c07",
        "id": "7f105c7d-2dc5-4530-97cd-4e7ae6534c07",
    },
    "encryptedContent": None,
    "resourceChangeType": None,
}


@pytest.mark.parametrize("shape", [AS_DOCUMENTED, AS_REPORTED], ids=["tenantId", "organizationId"])
@pytest.mark.parametrize("event", ["reauthorizationRequired", "subscriptionRemoved", "missed"])
def test_a_lifecycle_event_is_read_in_either_shape(shape: dict[str, Any], event: Any) -> None:
    """Source: https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/3103 (organizationId)"""
    found = sort_entries({"value": [{**shape, "lifecycleEvent": event}]}, SECRETS)

    assert found.lifecycle == [LifecycleEvent(SPACE, 5, event)]
    assert found.changes == []


@pytest.mark.parametrize("event", ["retired", 7, ["missed"], {}])
def test_a_lifecycle_event_nobody_knows_is_unreadable(event: Any) -> None:
    found = sort_entries({"value": [{**AS_REPORTED, "lifecycleEvent": event}]}, SECRETS)

    assert (found.lifecycle, found.changes, found.unreadable) == ([], [], 1)


@pytest.mark.parametrize("body", [None, 7, "value", [], [{"value": []}], {}, {"value": None}, {"value": {"0": {}}}])
def test_what_has_no_list_of_entries_is_no_collection(body: object) -> None:
    with pytest.raises(NotACollection):
        sort_entries(body, SECRETS)


def test_bad_entries_cost_no_good_one() -> None:
    bad: list[Any] = [
        None,
        7,
        "x",
        [],
        {},
        an_entry(clientState=None),
        an_entry(clientState="forged"),
        an_entry(changeType=0),
    ]

    found = sort_entries({"value": [an_entry("A"), *bad, an_entry("B")]}, SECRETS)

    assert [each.event_id for each in found.changes] == ["A", "B"]
    assert (found.forged, found.unreadable) == (3, 5)


any_text = st.text(st.characters(codec=None), max_size=20)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from([*an_entry(), "lifecycleEvent"])
almost_entries = st.dictionaries(names, any_json, max_size=6).map(lambda parts: {**an_entry(), **parts})


@given(any_json | st.fixed_dictionaries({"value": any_json}))
def test_whatever_json_comes_nothing_else_is_raised(body: object) -> None:
    with contextlib.suppress(NotACollection):
        sort_entries(body, SECRETS)


@given(st.lists(any_json | almost_entries, max_size=6), st.lists(any_json | almost_entries, max_size=6))
def test_good_entries_survive_whatever_stands_beside_them(before: list[Any], after: list[Any]) -> None:
    assert "THE GOOD ONE" in event_ids({"value": [*before, an_entry("THE GOOD ONE"), *after]})
