"""What a large ledger costs: 2,000 spaces and 200,000 reservations, with ten rules in force.

The large ledger is in a database of its own, and an empty one, of some spaces without reservations, in another beside
it. What is compared takes turns in one run, and whatever is measured is done by policy's own code. Of the running
system only PostgreSQL takes part, and the simulator, which issues a token for the API.
"""

from tests.bench.figures import Line
from tests.bench.ground import Ground
from tests.bench.large import alternatives, availability, decisions
from tests.bench.large.ledgers import open_ledgers
from tests.bench.served import api_settings


async def measure(ground: Ground) -> list[Line]:
    """Measure decisions beside an empty ledger, then availability and alternatives. Raises Incorrect."""
    settings, say = api_settings(ground), ground.say
    token = await ground.cast.tenant.api_token("bench-viewer@contoso.example", "viewer")
    async with open_ledgers(ground.stack.servers.postgres_url, say) as ledgers:
        return [
            await decisions.measure(ledgers, ground.codec, say),
            await availability.measure(ledgers.large, ground.codec, settings, token, say),
            await alternatives.measure(ledgers.large, say),
        ]
