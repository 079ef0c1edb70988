"""The kinds of answers that have a template: what each may speak of, and what it says by default.

A variable is a text, or a list of texts. One that there is nothing to say of is empty, never missing, so that a
template may name every variable of its kind at any time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

Variables = Mapping[str, str | Sequence[str]]
"""The variables of one answer by their names."""


class AnswerKind(StrEnum):
    """What an answer tells the organizer. An `edit` is a change of a meeting that the room is booked for."""

    ACCEPT = "accept"
    TENTATIVE = "tentative"
    EDIT_TENTATIVE = "edit_tentative"
    DECLINE = "decline"
    EDIT_REFUSED = "edit_refused"
    MOVED_BACK = "moved_back"
    TIME_PROPOSED = "time_proposed"
    PROPOSAL_WITHDRAWN = "proposal_withdrawn"
    MOVED_BY_ADMINISTRATOR = "moved_by_administrator"
    CANCELLED = "cancelled"
    SERIES_ACCEPT = "series_accept"
    SERIES_TENTATIVE = "series_tentative"
    SERIES_EDIT_TENTATIVE = "series_edit_tentative"
    SERIES_DECLINE = "series_decline"
    SERIES_EDIT_REFUSED = "series_edit_refused"
    SERIES_MOVE_WANTED = "series_move_wanted"
    SERIES_MOVE_WITHDRAWN = "series_move_withdrawn"
    SERIES_CANCELLED = "series_cancelled"
    WAITING_LIST_OFFER = "waiting_list_offer"


@dataclass(frozen=True, slots=True)
class Variable:
    """Something that a template may speak of; `meaning` is for those who write templates."""

    name: str
    meaning: str
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """When an answer of a kind is given, its variables beside those of every kind, and what it says by default."""

    given: str
    own: tuple[Variable, ...]
    default: str

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Return every variable that a template of this kind may name."""
        return (*OF_EVERY_KIND, *self.own)


OF_EVERY_KIND = (
    Variable("room", "the name of the space"),
    Variable("start", "when the meeting starts, such as `Tue 02 Mar 2027, 09:00`; of a series, its first date"),
    Variable("end", "when it ends, likewise"),
    Variable("zone", "the time zone of the space by its name, such as `Europe/Berlin`, in which all times are told"),
    Variable("when", "the whole time in one: `Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin)`"),
    Variable("links", "a sentence with a link for each thing that can be done by following one", is_list=True),
)

_REASONS = Variable("reasons", "why, a sentence for each reason", is_list=True)
_TAKEN_BY = Variable(
    "taken_by",
    "who has the room at that time, as far as the connection's `conflict_detail` and privacy let it be told",
    is_list=True,
)
_ADVICE = Variable("advice", "what to do next, in sentences; they name what could be booked instead", is_list=True)
_NEXT_FREE = Variable("next_free", "the next time at which this space can be booked instead")
_FREE_SPACES = Variable("free_spaces", "other spaces that are free at the time asked for, by name", is_list=True)
_KEPT = Variable("kept", "the time for which the room stays booked")
_DEADLINE = Variable("deadline", "until when this has to be decided")
_PROPOSED = Variable("proposed", "the other time that the administrator wants")
_APPROVAL = Variable("approval", "a sentence that says how the booking was approved, if it had to be")
_WARNINGS = Variable("warnings", "what to note: rules that the meeting breaks and may", is_list=True)
_DATES = Variable("dates", "how many dates of the series this is about, such as `52 dates`")
_UNTIL = Variable("until", "the date until which a series that goes on is booked for now")
_COMMENT = Variable("comment", "what the administrator said about it")
_REFUSED_DATES = Variable("refused_dates", "how many dates speak against the series, such as `2 of its 52 dates`")

_BY_DEADLINE = "{% if deadline %}, until {{ deadline }} at the latest{% endif %}"
_FOLLOW = "; later dates follow as time passes."

FORMS: Mapping[AnswerKind, AnswerForm] = {
    AnswerKind.ACCEPT: AnswerForm(
        "The room is booked for a meeting.",
        (_WARNINGS, _APPROVAL),
        "{{ room }} is booked for this meeting, {{ when }}. {{ approval }}"
        "{% if warnings %} Please note: {{ warnings | join(' ') }}{% endif %}",
    ),
    AnswerKind.TENTATIVE: AnswerForm(
        "A meeting waits for an administrator, and the room is held for it, unless several compete for the time.",
        (
            _REASONS,
            _DEADLINE,
            Variable("competing", "a sentence that says that the room is not held, where several compete for the time"),
        ),
        "{% if competing %}Your request for {{ room }}, {{ when }}, waits{% else %}{{ room }} is held for this "
        "meeting, {{ when }}, and waits{% endif %} for the approval of an administrator"
        + _BY_DEADLINE
        + ". {{ competing }} {{ reasons | join(' ') }} You get another answer as soon as that is decided.",
    ),
    AnswerKind.EDIT_TENTATIVE: AnswerForm(
        "A change of a meeting waits for an administrator; the room stays booked as it was meanwhile.",
        (_REASONS, _KEPT, _DEADLINE),
        "Your change, to {{ when }}, waits for the approval of an administrator"
        + _BY_DEADLINE
        + ". {{ reasons | join(' ') }} {{ room }} stays booked for you at the original time, {{ kept }}, until that is "
        "decided.",
    ),
    AnswerKind.DECLINE: AnswerForm(
        "The room could not be booked for a meeting, or an administrator did not approve it.",
        (_REASONS, _TAKEN_BY, _ADVICE, _NEXT_FREE, _FREE_SPACES),
        "{{ room }} could not be booked for this meeting, {{ when }}. {{ reasons | join(' ') }} "
        "{{ advice | join(' ') }} {{ links | join(' ') }}",
    ),
    AnswerKind.EDIT_REFUSED: AnswerForm(
        "A change of a meeting could not be followed; the room stays booked as it was.",
        (
            _REASONS,
            _TAKEN_BY,
            _KEPT,
            Variable("go_back", "a sentence that says how to go back to that time"),
            _ADVICE,
            _NEXT_FREE,
            _FREE_SPACES,
        ),
        "{{ room }} could not follow your change. {{ reasons | join(' ') }} {{ room }} stays booked for you at the "
        "original time, {{ kept }}. {{ go_back }} {{ advice | join(' ') }} {{ links | join(' ') }}",
    ),
    AnswerKind.MOVED_BACK: AnswerForm(
        "A change of a meeting could not be followed and was undone in the organizer's calendar.",
        (_REASONS, _TAKEN_BY, _KEPT),
        "{{ room }} could not follow your change, so the meeting was moved back to {{ kept }}, for which {{ room }} "
        "stays booked. {{ reasons | join(' ') }} Another change is accepted if it fits.",
    ),
    AnswerKind.TIME_PROPOSED: AnswerForm(
        "An administrator proposes another time for a meeting; the room stays booked as it is meanwhile.",
        (_PROPOSED, _DEADLINE),
        "The administrator of {{ room }} asks you to move this meeting, {{ when }}, to {{ proposed }}. {{ room }} "
        "stays booked for you as it is, and that time is held for you until {{ deadline }}. Accept the proposal to "
        "move there. If you do not, the meeting stays as it is.",
    ),
    AnswerKind.PROPOSAL_WITHDRAWN: AnswerForm(
        "Another time for a meeting is no longer proposed; the room stays booked as it is.",
        (_PROPOSED,),
        "The proposal to move this meeting to {{ proposed }} no longer stands. {{ room }} stays booked for this "
        "meeting, {{ when }}.",
    ),
    AnswerKind.MOVED_BY_ADMINISTRATOR: AnswerForm(
        "An administrator moved a meeting on its organizer's own calendar.",
        (Variable("former", "the time that the meeting had before"),),
        "The administrator of {{ room }} moved this meeting from {{ former }}. {{ room }} is booked for it, "
        "{{ when }}.",
    ),
    AnswerKind.CANCELLED: AnswerForm(
        "An administrator cancelled the booking.",
        (_COMMENT,),
        "The booking of {{ room }} for this meeting, {{ when }}, was cancelled by its administrator. {{ comment }} "
        "Please choose another room or another time, or ask the administrator.",
    ),
    AnswerKind.SERIES_ACCEPT: AnswerForm(
        "The room is booked for dates of a series.",
        (
            _DATES,
            _UNTIL,
            Variable("skipped_dates", "on how many dates it is not booked, such as `2 dates`"),
            Variable("skipped", "why not, a sentence for each of the first dates", is_list=True),
            _WARNINGS,
            _APPROVAL,
        ),
        "{{ room }} is booked for this recurring meeting on {{ dates }}. It begins on {{ when }}. {% if until %}It is "
        "booked until {{ until }} for now" + _FOLLOW + "{% endif %} {% if skipped_dates %}It is not booked, and "
        "declines, on {{ skipped_dates }}. {{ skipped | join(' ') }}{% endif %} {{ approval }}"
        "{% if warnings %} Please note: {{ warnings | join(' ') }}{% endif %}",
    ),
    AnswerKind.SERIES_TENTATIVE: AnswerForm(
        "The room is held for dates of a series until an administrator decides about all of them at once.",
        (_DATES, _UNTIL, _REASONS, _DEADLINE),
        "{{ room }} is held for this recurring meeting on {{ dates }}, and waits for the approval of an administrator"
        + _BY_DEADLINE
        + ". It begins on {{ when }}. {% if until %}It is held until {{ until }} for now"
        + _FOLLOW
        + "{% endif %} {{ reasons | join(' ') }} You get another answer as soon as that is decided.",
    ),
    AnswerKind.SERIES_EDIT_TENTATIVE: AnswerForm(
        "A change of a series waits for an administrator; the room stays booked as it was meanwhile.",
        (_DATES, _UNTIL, _REASONS, _DEADLINE),
        "Your change of this recurring meeting, to {{ dates }} of which the first is {{ when }}, waits for the "
        "approval of an administrator"
        + _BY_DEADLINE
        + ". {{ reasons | join(' ') }} {{ room }} stays booked for you as it was before, until that is decided. The "
        "new dates are held for you meanwhile{% if until %}, until {{ until }} for now{% endif %}.",
    ),
    AnswerKind.SERIES_DECLINE: AnswerForm(
        "The room could not be booked for a series, or an administrator did not approve it.",
        (_DATES, _REFUSED_DATES, _REASONS, _TAKEN_BY, _ADVICE),
        "{{ room }} could not be booked for this recurring meeting{% if refused_dates %}, because of {{ refused_dates "
        "}}{% endif %}. It begins on {{ when }}. {{ reasons | join(' ') }} {{ advice | join(' ') }} "
        "{{ links | join(' ') }}",
    ),
    AnswerKind.SERIES_EDIT_REFUSED: AnswerForm(
        "A change of a series could not be followed; the room stays booked as it was.",
        (_DATES, _REFUSED_DATES, _REASONS, _TAKEN_BY),
        "{{ room }} could not follow your change of this recurring meeting{% if refused_dates %}, because of "
        "{{ refused_dates }}{% endif %}. {{ reasons | join(' ') }} {{ room }} stays booked for you as it was before. "
        "Undo the change, or make one that fits, and it is accepted again.",
    ),
    AnswerKind.SERIES_MOVE_WANTED: AnswerForm(
        "An administrator asks the organizer of a series to move dates of it; the room stays booked as it is. "
        "It is told once, by the answer to the series, because Outlook lets nobody propose another time for a series.",
        (
            _DATES,
            Variable("moves", "the first of these dates, each with its time and with the one wanted", is_list=True),
            Variable("others", "a sentence that says how many more dates are to move likewise, if these are not all"),
            _DEADLINE,
            Variable("how_to_move", "how to move them, in sentences", is_list=True),
        ),
        "The administrator of {{ room }} asks you to move {{ dates }} of this recurring meeting: {{ moves | join('; ') "
        "}}. {{ others }} All times are those of {{ zone }}. {{ room }} stays booked for you as it is, and the other "
        "times are held for you until {{ deadline }}. {{ how_to_move | join(' ') }} If you do not, the meeting stays "
        "as it is.",
    ),
    AnswerKind.SERIES_MOVE_WITHDRAWN: AnswerForm(
        "An administrator no longer asks for dates of a series to be moved; the room stays booked as it is.",
        (_DATES,),
        "You are no longer asked to move {{ dates }} of this recurring meeting, which begins on {{ when }}. {{ room }} "
        "stays booked for it as it is.",
    ),
    AnswerKind.SERIES_CANCELLED: AnswerForm(
        "An administrator cancelled the booking of a series, or of its dates from one on. That is told once: the room "
        "declines the other dates without a text.",
        (
            _DATES,
            Variable("since", "from which date on; empty if all that is to come is cancelled"),
            _COMMENT,
        ),
        "{{ room }} is no longer booked for this recurring meeting{% if since %} from {{ when }} on{% else %}, which "
        "begins on {{ when }}{% endif %}: its administrator cancelled {{ dates }}. {{ comment }} Please choose another "
        "room or another time, or ask the administrator.",
    ),
    AnswerKind.WAITING_LIST_OFFER: AnswerForm(
        "A time that somebody waits for has become free, and is offered to them by mail.",
        (
            _DEADLINE,
            Variable("title", "what the meeting is about, unless it is private"),
            Variable("how_to_take", "how to take it otherwise, in sentences", is_list=True),
        ),
        "{{ room }} is free at the time that you wait for: {{ when }}.{% if title %} You asked for it for your meeting "
        "{{ title }}.{% endif %}\n\nIt is held for you until {{ deadline }}.\n\n{{ links | join(' ') }}\n\n"
        "{{ how_to_take | join(' ') }}\n\nIf you do nothing, it is offered to whoever is next, and you no longer wait "
        "for it.",
    ),
}
"""Every kind of answer. Those who wait for a time that was refused are told of it like organizers."""
