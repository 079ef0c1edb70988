"""Do several things side by side, and leave none of them running when one fails.

`asyncio.gather` raises the first error while the others go on, unseen, with whatever they hold. One rule here: when
`together` returns or raises, nothing that it began is still running.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


async def together(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return the results in the order of the works.

    If one fails, the others are cancelled and waited for. Then its error is raised as it is, not as part of a group.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except BaseExceptionGroup as errors:
        first = errors.exceptions[0]
    else:
        return [task.result() for task in tasks]
    raise first
