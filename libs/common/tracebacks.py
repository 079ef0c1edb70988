"""Write down where an error came from, for the log, without the values in it, which may be what people wrote.

Python's own text of a traceback ends with the whole text of the error; that of a database quotes the row.
"""

import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import TypeAlias

from libs.common.observed import in_words

ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

CAUSED = "The cause of:\n"
"""Stands between the traceback of an error and that of the one that it led to."""


def traceback_in_words(exc_info: ExcInfo) -> str:
    """Return the tracebacks of an error and of what led to it, the first cause first, each with the error in words."""
    error = exc_info[1]
    return CAUSED.join(reversed([_alone(each) for each in _chain(error)])) if error is not None else ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, what it was raised from, and so on; an error that comes again ends it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _alone(error: BaseException) -> str:
    """Write one error without what led to it; of a group, each of its errors too."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    inner = ""
    if isinstance(error, BaseExceptionGroup):
        inner = "".join(f"One of them:\n{_alone(each)}" for each in error.exceptions)
    return f"{frames}{in_words(error)}\n{inner}"
