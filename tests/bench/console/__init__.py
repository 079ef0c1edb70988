"""What the console's timeline costs, and how soon people see in it what happened in Outlook."""

from tests.bench.console import at_rest, beside, drawing, visible
from tests.bench.console.visit import open_visit
from tests.bench.figures import Line
from tests.bench.ground import Ground


async def measure(ground: Ground) -> list[Line]:
    """Measure a large timeline, then changes that show, then what open pages cost. Raises Incorrect."""
    async with open_visit(ground) as visit:
        lines = await drawing.measure(ground, visit)
        lines.append(await visible.measure(ground, visit))
        lines.append(await at_rest.measure(ground, visit))
        lines.append(await beside.measure(ground, visit))
    return lines
