"""What every session of a service's pool is set to."""

from tests.integration.policy.ledger import Ledger


async def test_no_statement_is_compiled_just_in_time(ledger: Ledger) -> None:
    assert await ledger.pool.fetchval("SHOW jit") == "off"
