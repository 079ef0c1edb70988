"""A webhook that reads from Graph before it answers: our re-enactment of what Microsoft's Node sample does.

The sample itself needs Node. What decides its speed is that it awaits one read of Graph for each notification, one
after another, and answers then. Ours here does the same in a plain aiohttp handler, without TLS, without checks.

Source: https://github.com/microsoftgraph/nodejs-webhooks-sample (routes/listen.js)
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from deploy.local.ports import free_port


@asynccontextmanager
async def waiting_webhook(read: Callable[[str], Awaitable[object]]) -> AsyncIterator[str]:
    """Listen while the context is open, and yield the address; `read` reads the resource that a notification names."""

    async def listen(request: web.Request) -> web.Response:
        for notification in (await request.json())["value"]:
            await read(notification["resource"])
        return web.Response(status=202)

    app = web.Application()
    app.add_routes([web.post("/listen", listen)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = free_port()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{port}/listen"
    finally:
        await runner.cleanup()
