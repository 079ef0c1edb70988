"""Forged notifications are counted by the subscription they name, within bounds."""

from services.ingest.core.forgeries import MOST_NAMED, Forgeries
from services.ingest.core.notifications import sort_entries

SECRETS = ["a secret of today, long enough"]


def entry(**fields: object) -> dict[str, object]:
    return {"clientState": "forged", "changeType": "created", "resourceData": {"id": "AAk"}, **fields}


def test_a_forged_entry_is_counted_for_the_subscription_it_names() -> None:
    entries = [entry(subscriptionId="one"), entry(subscriptionId="one"), entry(), entry(subscriptionId=7)]
    entries += [entry(subscriptionId="x" * 65), entry(subscriptionId="a\x00b"), entry(subscriptionId="")]

    found = sort_entries({"value": entries}, SECRETS)

    assert (found.forged, list(found.forged_for)) == (7, ["one", "one"])


def test_a_tally_is_taken_once_and_can_be_given_back() -> None:
    tally = Forgeries()
    tally.count(["one", "one", "other"])

    taken = tally.take()
    assert (dict(taken), dict(tally.take())) == ({"one": 2, "other": 1}, {})

    tally.give_back(taken)
    assert dict(tally.take()) == {"one": 2, "other": 1}


def test_no_number_of_names_makes_the_tally_grow_without_bound() -> None:
    tally = Forgeries()
    tally.count(str(number) for number in range(10 * MOST_NAMED))

    assert len(tally.take()) == MOST_NAMED
