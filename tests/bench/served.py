"""The API, served in this process on a ledger in a database of its own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from deploy.local.ports import free_port
from deploy.local.services import AUDIENCE
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import Pool
from libs.common.runtime import http_task
from services.policy.api.app import create_app
from services.policy.api.settings import ApiSettings
from services.policy.api.tokens import open_verifier
from tests.bench.ground import Ground
from tests.bench.history import PATIENCE
from tests.bench.listening import until_listening


def api_settings(ground: Ground) -> ApiSettings:
    """Return the settings of an API that believes the tokens of the simulator."""
    simulator = ground.stack.simulator
    return ApiSettings(
        api_audience=AUDIENCE,
        api_issuer=f"{simulator.authority}/v2.0",
        api_jwks_url=f"{simulator.authority}/discovery/v2.0/keys",
        api_ca_file=simulator.ca,
    )


@asynccontextmanager
async def open_api(pool: Pool, codec: Codec, settings: ApiSettings) -> AsyncIterator[str]:
    """Serve the API on a ledger, and yield its address."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # a report is printed here, and no log
    port = free_port()
    async with open_verifier(settings, utc_now) as verifier:
        app = create_app(pool, codec, verifier, utc_now, settings, patience=PATIENCE)
        serving = asyncio.create_task(http_task(app, host="127.0.0.1", port=port)())
        try:
            await until_listening(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving
