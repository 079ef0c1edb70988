"""Say why an intent is given up whose calls Graph has refused twice."""

from collections.abc import Sequence

from libs.contracts.intents import Intent, MoveBack
from libs.contracts.messages import IntentProblem, Settlement
from libs.graph.errors import BadRequest, Forbidden, NotFound, OccurrenceCrossing, Refused
from services.outbound.core.calls import Call, Respond, Settle


def give_up_refused(goal: Intent, calls: Sequence[Call], error: Refused) -> Settle:
    """Return how an intent ends whose calls were refused for good."""
    problem, detail = IntentProblem.REFUSED_BY_GRAPH, str(error)
    if isinstance(goal, MoveBack) and isinstance(error, OccurrenceCrossing):
        detail = (
            f"This date of the series cannot be moved back to {goal.kept.start.isoformat()}: another date of the "
            "series is on that day or on the way there, and Outlook moves no date to or past the day of its neighbour. "
            "The organizer can move that other date first."
        )
    elif isinstance(goal, MoveBack) and isinstance(error, Forbidden | NotFound):
        problem = IntentProblem.ORGANIZER_UNREACHABLE
    elif isinstance(error, BadRequest) and any(isinstance(each, Respond) and each.proposed for each in calls):
        problem = IntentProblem.PROPOSAL_REFUSED
    return Settle(Settlement.GIVEN_UP, problem, detail)
