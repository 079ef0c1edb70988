"""What may go wrong with a mail, by what the caller may do about it.

    MailFailed
    ├── ServerAway          nobody can be mailed now; try again, by itself it may work
    │   ├── SetupRefused    the same, and it will not work until somebody mends the settings
    │   └── Unanswered      the same, and whether the server has taken the mail is not known
    ├── Deferred            this recipient cannot be mailed now; others may
    └── RecipientRefused    this recipient cannot be mailed, however often it is tried

No message of an error holds a mail address: they go into logs.
"""

import re
import unicodedata

LONGEST_SAYING = 200
_WORD = re.compile(r"[^\s<>]+")


class MailFailed(Exception):
    """A mail was not sent, or not certainly. The message says why."""


class ServerAway(MailFailed):
    """The mail server cannot be used now. Try again later, whoever the mail is for."""


class SetupRefused(ServerAway):
    """The mail server does not work with us as we are set up. The message says what to mend."""


class Unanswered(ServerAway):
    """The whole mail went to the server and no answer came. It may have been sent; to try again may send it twice."""


class Deferred(MailFailed):
    """The mail server does not take this mail for this recipient now. Try again later."""


class RecipientRefused(MailFailed):
    """The mail server does not take this mail for this recipient. Do not try again."""


def in_short(said: str) -> str:
    """Return what a server said, in one line without any mail address."""
    line = " ".join("".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in said).split())
    return _WORD.sub(lambda word: "…" if "@" in word[0] else word[0], line)[:LONGEST_SAYING]
