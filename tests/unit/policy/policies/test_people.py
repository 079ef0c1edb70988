"""Rules about how many people come, and who may book."""

from services.policy.core.policies.people import Capacity, WhoMayBook
from tests.unit.policy.policies.tables import Breaks, Covers, Eases, OfKind, Refused, asked, refused_numbers

ADA, BEN, EVE = "ada@example.org", "ben@contoso.example", "eve@elsewhere.example"
OWN = frozenset({"example.org"})
EXTERNAL = asked(organizer=EVE, own_domains=OWN)


class TestCapacity(OfKind):
    """Aurora holds 8."""

    kind = Capacity
    holds = (
        (Capacity(), asked(people=8)),
        (Capacity(margin=2), asked(people=10)),
        (Capacity(at_least=3), asked(people=3)),
    )
    breaks = (
        Breaks(Capacity(), asked(people=9), "8", "9", "Aurora holds 8 people and 9 are expected."),
        Breaks(Capacity(), asked(capacity=1), "1", "2", "Aurora holds 1 person and 2 are expected."),
        Breaks(
            Capacity(margin=1),
            asked(people=10),
            "9",
            "10",
            "Aurora holds 8 people, 1 more is let in, and 10 are expected.",
        ),
        Breaks(
            Capacity(margin=2),
            asked(people=1200),
            "10",
            "1200",
            "Aurora holds 8 people, 2 more are let in, and 1,200 are expected.",
        ),
        Breaks(
            Capacity(at_least=3),
            asked(people=1),
            "3",
            "1",
            "Aurora is for 3 people or more and 1 is expected.",
        ),
        Breaks(Capacity(at_least=3), asked(people=9), "8", "9", "Aurora holds 8 people and 9 are expected."),
    )
    eases = (
        Eases(Capacity(), asked(people=10), asked(people=9), True),
        Eases(Capacity(), asked(people=10), asked(people=10), True),
        Eases(Capacity(), asked(people=10), asked(people=11), False),
        Eases(Capacity(at_least=4), asked(people=2), asked(people=3), True),
        Eases(Capacity(at_least=4), asked(people=3), asked(people=2), False),
        Eases(Capacity(at_least=4), asked(people=3), asked(people=9), False),
    )
    covers = (
        Covers(Capacity(), Capacity(), True),
        Covers(Capacity(), Capacity(margin=1), True),
        Covers(Capacity(margin=1), Capacity(), False),
        Covers(Capacity(at_least=4), Capacity(), True),
        Covers(Capacity(), Capacity(at_least=4), False),
        Covers(Capacity(margin=1, at_least=4), Capacity(), False),
    )
    refused = (
        *refused_numbers("margin", least=0, most=10_000),
        *refused_numbers("at_least", least=1, most=100_000),
    )


class TestWhoMayBook(OfKind):
    kind = WhoMayBook
    holds = (
        (WhoMayBook(domains=("example.org",)), asked()),
        (WhoMayBook(addresses=("ADA@example.org",)), asked()),
        (WhoMayBook(external="no"), asked(own_domains=OWN)),
        (WhoMayBook(external="no"), asked(organizer=EVE)),
        (WhoMayBook(addresses=(EVE,), external="no"), EXTERNAL),
        (WhoMayBook(domains=("elsewhere.example",), external="approval"), EXTERNAL),
    )
    breaks = (
        Breaks(
            WhoMayBook(domains=("example.org",)),
            asked(organizer=BEN),
            "certain people",
            "not listed",
            "Aurora can only be booked by certain people, and the organizer is not among them.",
        ),
        Breaks(
            WhoMayBook(domains=("example.org",)),
            asked(organizer="ada@mail.example.org"),
            "certain people",
            "not listed",
            "Aurora can only be booked by certain people, and the organizer is not among them.",
        ),
        Breaks(
            WhoMayBook(addresses=(BEN,), external="no"),
            asked(own_domains=OWN),
            "certain people",
            "not listed",
            "Aurora can only be booked by certain people, and the organizer is not among them.",
        ),
        Breaks(
            WhoMayBook(external="no"),
            EXTERNAL,
            "own domains",
            "external",
            "Aurora cannot be booked by people from outside.",
        ),
        Breaks(
            WhoMayBook(external="approval"),
            EXTERNAL,
            "own domains",
            "external",
            "An administrator has to approve bookings of Aurora by people from outside.",
            needs_approval=True,
        ),
        Breaks(
            WhoMayBook(external="no"),
            asked(organizer=None, own_domains=OWN),
            "certain people",
            "no organizer",
            "Aurora can only be booked by certain people, and this booking names no organizer.",
        ),
    )
    eases = (Eases(WhoMayBook(addresses=(BEN,)), EXTERNAL, asked(), False),)
    covers = (
        Covers(WhoMayBook(domains=("example.org",)), WhoMayBook(domains=("example.org",)), True),
        Covers(WhoMayBook(domains=("example.org",)), WhoMayBook(domains=("example.org", "contoso.example")), True),
        Covers(WhoMayBook(domains=("example.org", "contoso.example")), WhoMayBook(domains=("example.org",)), False),
        Covers(WhoMayBook(addresses=(ADA,)), WhoMayBook(domains=("example.org",)), False),
        Covers(WhoMayBook(external="no"), WhoMayBook(external="approval"), True),
        Covers(WhoMayBook(external="approval"), WhoMayBook(external="no"), False),
        Covers(WhoMayBook(external="no"), WhoMayBook(domains=("example.org",)), False),
        Covers(WhoMayBook(domains=("elsewhere.example",)), WhoMayBook(external="no"), False),
        Covers(WhoMayBook(addresses=(EVE,), external="no"), WhoMayBook(external="no"), False),
        Covers(WhoMayBook(addresses=(ADA,), external="no"), WhoMayBook(addresses=(ADA,)), True),
        Covers(WhoMayBook(addresses=(ADA,), external="approval"), WhoMayBook(addresses=(ADA,)), False),
        Covers(WhoMayBook(addresses=(ADA,)), WhoMayBook(addresses=(ADA,), external="approval"), True),
    )
    refused = (
        Refused({}, "domains or addresses are given"),
        Refused({"domains": [], "addresses": [], "external": "yes"}, "domains or addresses are given"),
        *(
            Refused({"domains": [wrong]}, "A mail domain looks like example.org")
            for wrong in ("@example.org", "*.example.org", "example", "exa mple.org", "", "-a.example")
        ),
        *(
            Refused({"addresses": [wrong]}, "A mail address looks like name@example.org")
            for wrong in ("ada", "ada@", "@example.org", "Ada <ada@example.org>", "ada@example.org,ben@example.org", "")
        ),
        Refused({"addresses": "ada@example.org"}, "valid tuple"),
        Refused({"external": True}, "'yes', 'no' or 'approval'"),
        Refused({"external": "maybe"}, "'yes', 'no' or 'approval'"),
    )
