"""C13: how a mapped mailbox is found again under another address."""

from services.policy.core.mapping.known import KnownRoom, LostMailbox
from services.policy.core.mapping.renamed import propose_again
from tests.unit.policy.mapping.rooms import lost, room, space

OLD, NEW = "old@contoso.example", "new@contoso.example"


def found(
    gone: LostMailbox, *rooms: KnownRoom, free: list[KnownRoom] | None = None
) -> list[tuple[str, str, str | None]]:
    again = propose_again([gone], rooms, list(rooms) if free is None else free)
    return [(each.room_mailbox, each.sureness, each.instead_of) for each in again]


def test_the_same_place_under_another_address_is_the_same_room() -> None:
    gone = lost(space("Aurora"), OLD, place_id="p")

    assert found(gone, room("Other", place_id="q"), room("Renamed", NEW, place_id="p")) == [(NEW, "certain", OLD)]


def test_the_address_of_the_same_owner_is_the_same_mailbox() -> None:
    assert found(lost(space("Aurora"), OLD, address_now=NEW)) == [(NEW, "certain", OLD)]


def test_one_that_cannot_be_reached_may_be_a_room_that_is_named_like_it() -> None:
    gone = lost(space("Aurora"), OLD, unreachable=True)

    assert found(gone, room("Aurora", NEW)) == [(NEW, "likely", OLD)]


def test_one_that_works_is_left_alone_though_the_directory_lacks_it() -> None:
    assert found(lost(space("Aurora"), OLD), room("Aurora", NEW)) == []


def test_a_room_that_another_space_has_is_not_proposed_for_its_name() -> None:
    assert found(lost(space("Aurora"), OLD, unreachable=True), room("Aurora", NEW), free=[]) == []


def test_a_room_that_was_found_again_is_not_proposed_for_another_space() -> None:
    renamed = room("Aurora", NEW, place_id="p")
    one = lost(space("Aurora"), OLD, place_id="p")
    other = lost(space("Aurora"), "gone@contoso.example", unreachable=True)

    again = propose_again([other, one], [renamed], [renamed])

    assert [(each.space.id, each.room_mailbox) for each in again] == [(one.space.id, NEW)]
