"""Headers with what people wrote in them, as RFC 2047 has it.

Written here and not by Python's email package, which takes a text that looks like an encoded word for one: a subject
that holds an encoded line end would become a header of its own.

Source: https://www.rfc-editor.org/rfc/rfc2047#section-2 and section-5
"""

from base64 import b64encode
from collections.abc import Iterator

from libs.mail.addresses import MailParty, one_line

FOLD = "\r\n "
MOST_PLAIN = 60
MOST_OCTETS = 42
"""So many octets of text give an encoded word of 68 characters; 75 are allowed."""


def text_header(text: str) -> str:
    """Return any text as the value of a header, folded. Line ends and whatever else is not visible are spaces."""
    line = one_line(text)
    return line if _is_plain(line) else FOLD.join(_encoded_words(line))


def person_header(person: MailParty) -> str:
    """Return a name and an address as the value of a header, folded."""
    name, address = person.name, f"<{person.address}>"
    if not name:
        return address
    if _is_plain(name):
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"{" " if len(quoted + address) <= MOST_PLAIN else FOLD}{address}'
    return FOLD.join([*_encoded_words(name), address])


def _is_plain(line: str) -> bool:
    """Whether a line may stand as it is: nobody takes it for anything else, and it needs no folding."""
    return line.isascii() and "=?" not in line and len(line) <= MOST_PLAIN


def _encoded_words(line: str) -> Iterator[str]:
    """Encode a line, each word by itself readable: no character is cut."""
    octets = b""
    for character in line:
        more = character.encode()
        if len(octets) + len(more) > MOST_OCTETS:
            yield _encoded_word(octets)
            octets = b""
        octets += more
    yield _encoded_word(octets)


def _encoded_word(octets: bytes) -> str:
    return f"=?utf-8?b?{b64encode(octets).decode()}?="
