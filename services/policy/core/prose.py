"""Text that people write and that is kept as they wrote it."""

import re

MOST_CHARACTERS = 2000
"""How long a comment or a reason may be."""

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters but tabs and line breaks, and halves of characters, which cannot be stored."""
