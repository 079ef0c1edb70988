"""What it costs to ask administrators: decisions under a rule of approval, mails, answers, and a list of questions."""

from tests.bench.approvals import answers, listing, rate
from tests.bench.figures import Line
from tests.bench.ground import Ground


async def measure(ground: Ground) -> list[Line]:
    """Measure the way of questions, then a long list, then rates. Raises Incorrect."""
    return [*await answers.measure(ground), await listing.measure(ground), *await rate.measure(ground)]
