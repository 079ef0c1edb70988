"""The addresses of the console that its sign-in knows, and which of ours somebody may be sent back to."""

import re

ROOT = "/console"
START = f"{ROOT}/"
STATIC = f"{ROOT}/static/"
SIGN_IN = f"{ROOT}/sign-in"
CALLBACK = f"{ROOT}/sign-in/callback"
SIGN_OUT = f"{ROOT}/sign-out"
SIGNING_OUT = f"{ROOT}/signing-out"
SIGNED_OUT = f"{ROOT}/signed-out"

OPEN = frozenset({SIGN_IN, CALLBACK, SIGN_OUT, SIGNING_OUT, SIGNED_OUT})
"""What may be asked for without having signed in; so may the files below `STATIC`, which say nothing about anybody."""

UNASKED = frozenset({f"{ROOT}/timeline/changes", f"{ROOT}/timeline/schedule"})
"""What only open pages ask for, by themselves. Other requests of that kind have the header `X-Unasked`."""

LONGEST = 2000

_OURS = re.compile(rf"{ROOT}/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*(\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?", re.ASCII)


def is_open(path: str) -> bool:
    """Whether a path may be asked for without having signed in."""
    return path in OPEN or path.startswith(STATIC)


def own_page(wanted: str) -> str:
    """Return the page that somebody wanted, if it is one of the console, and otherwise its first page.

    Browsers read a backslash as a slash and take out control characters, so nothing but known characters passes. Dots
    could lead out of the console, and the pages of the sign-in would begin it again.
    """
    path = wanted.partition("?")[0]
    is_ours = len(wanted) <= LONGEST and _OURS.fullmatch(wanted) is not None and "//" not in path
    leads_out = ".." in path or "%2e" in path.lower() or is_open(path)
    return wanted if is_ours and not leads_out else START
