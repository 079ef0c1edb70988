"""Text that people write and that is kept as they wrote it, as the contracts bound it."""

from libs.contracts.fields import MOST_CHARACTERS, UNPRINTABLE

__all__ = ["MOST_CHARACTERS", "UNPRINTABLE"]
