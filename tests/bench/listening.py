"""Whether a server that we started takes connections yet."""

import asyncio

LISTENS_WITHIN_S = 30.0


async def until_listening(port: int) -> None:
    """Return when somebody listens on a port of this machine. Raises TimeoutError if nobody comes to."""
    async with asyncio.timeout(LISTENS_WITHIN_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
