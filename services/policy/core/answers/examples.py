"""One example of each kind of answer, for those who write templates: what its variables may hold."""

from collections.abc import Mapping

from services.policy.core.answers.kinds import AnswerKind, Variables
from services.policy.core.answers.rendering import AnswerFacts

_OF_EVERY_KIND: Variables = {
    "room": "Aurora",
    "start": "Tue 02 Mar 2027, 09:00",
    "end": "Tue 02 Mar 2027, 10:00",
    "zone": "Europe/Berlin",
    "when": "Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin)",
    "links": [],
}
_TOO_MANY = "Aurora holds 8 people and 9 are expected."
_TAKEN: Variables = {
    "reasons": ["It is taken by Ben, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin)."],
    "taken_by": ["Ben"],
}
_INSTEAD: Variables = {
    "advice": [
        "The next free time of this room is Tue 02 Mar 2027, 10:00-11:00 (Europe/Berlin).",
        "Free at that time: Borealis (for 10 people).",
    ],
    "next_free": "Tue 02 Mar 2027, 10:00-11:00 (Europe/Berlin)",
    "free_spaces": ["Borealis (for 10 people)"],
}
_DEADLINE = "Mon 01 Mar 2027, 17:00 (Europe/Berlin)"
_KEPT = "Wed 03 Mar 2027, 09:00-10:00 (Europe/Berlin)"
_UNTIL = "Wed 01 Mar 2028"

_OWN: Mapping[AnswerKind, Variables] = {
    AnswerKind.ACCEPT: {"warnings": [_TOO_MANY], "approval": ""},
    AnswerKind.TENTATIVE: {"reasons": [_TOO_MANY], "deadline": _DEADLINE, "competing": ""},
    AnswerKind.EDIT_TENTATIVE: {"reasons": [_TOO_MANY], "kept": _KEPT, "deadline": _DEADLINE},
    AnswerKind.DECLINE: {**_TAKEN, **_INSTEAD},
    AnswerKind.EDIT_REFUSED: {
        **_TAKEN,
        **_INSTEAD,
        "kept": _KEPT,
        "go_back": "Undo the change, or make one that fits, and it is accepted again.",
    },
    AnswerKind.MOVED_BACK: {**_TAKEN, "kept": _KEPT},
    AnswerKind.TIME_PROPOSED: {"proposed": _KEPT, "deadline": _DEADLINE},
    AnswerKind.PROPOSAL_WITHDRAWN: {"proposed": _KEPT},
    AnswerKind.MOVED_BY_ADMINISTRATOR: {"former": _KEPT},
    AnswerKind.CANCELLED: {"comment": "A pipe burst."},
    AnswerKind.SERIES_ACCEPT: {
        "dates": "51 dates",
        "until": _UNTIL,
        "skipped_dates": "1 date",
        "skipped": ["It is taken by Ben, Tue 09 Mar 2027, 09:00-10:00 (Europe/Berlin)."],
        "warnings": [],
        "approval": "",
    },
    AnswerKind.SERIES_TENTATIVE: {
        "dates": "52 dates",
        "until": _UNTIL,
        "reasons": [_TOO_MANY],
        "deadline": _DEADLINE,
    },
    AnswerKind.SERIES_EDIT_TENTATIVE: {
        "dates": "52 dates",
        "until": _UNTIL,
        "reasons": [_TOO_MANY],
        "deadline": _DEADLINE,
    },
    AnswerKind.SERIES_DECLINE: {
        **_TAKEN,
        "dates": "52 dates",
        "refused_dates": "1 of its 52 dates",
        "advice": ["Please leave these dates out, or choose another time or another room."],
    },
    AnswerKind.SERIES_EDIT_REFUSED: {**_TAKEN, "dates": "52 dates", "refused_dates": "1 of its 52 dates"},
    AnswerKind.SERIES_MOVE_WANTED: {
        "dates": "2 dates",
        "moves": [
            "Tue 02 Mar 2027, 09:00-10:00 to Tue 02 Mar 2027, 12:00-13:00",
            "Tue 09 Mar 2027, 09:00-10:00 to Tue 09 Mar 2027, 12:00-13:00",
        ],
        "others": "",
        "deadline": _DEADLINE,
        "how_to_move": [
            "Move the series in your calendar, or these dates one by one, and the room accepts them there."
        ],
    },
    AnswerKind.SERIES_MOVE_WITHDRAWN: {"dates": "2 dates"},
    AnswerKind.SERIES_CANCELLED: {"dates": "12 dates", "since": _UNTIL, "comment": "The hall is being painted."},
    AnswerKind.WAITING_LIST_OFFER: {
        "links": ["Take it, or give it back, on this page: https://rooms.contoso.com/links/eyJhbGciOi"],
        "deadline": _DEADLINE,
        "title": "Planning",
        "how_to_take": [
            "Or open the meeting in Outlook and send an update with the room invited: the room then accepts it."
        ],
    },
}


def example_of(kind: AnswerKind) -> AnswerFacts:
    """Return the example of a kind."""
    return AnswerFacts(kind, {**_OF_EVERY_KIND, **_OWN[kind]})
