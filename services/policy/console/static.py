"""The files of the console that are no pages: its style, its script, and what is vendored.

Each has an address with its hash, under which it may be kept for ever; another file has another address. They say
nothing about anybody, so that a page shown before the sign-in can have them.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response

from services.policy.console.addresses import ROOT, STATIC

_FOLDER = Path(__file__).parent / "static"
_MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

router = APIRouter(prefix=STATIC.removeprefix(ROOT).rstrip("/"), include_in_schema=False)


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent, and the start of its hash."""

    content: bytes
    media_type: str
    digest: str


def _read(path: Path) -> StaticFile:
    content = path.read_bytes()
    return StaticFile(content, _MEDIA_TYPES[path.suffix], sha256(content).hexdigest()[:16])


_FILES = {
    path.relative_to(_FOLDER).as_posix(): _read(path)
    for path in sorted(_FOLDER.rglob("*"))
    if path.suffix in _MEDIA_TYPES
}
"""Every file there is, so that no address can lead anywhere else."""


def address_of(name: str) -> str:
    """Return the address of a file, which changes with its content."""
    return f"{STATIC}{name}?v={_FILES[name].digest}"


@router.get("/{name:path}")
async def read_file(name: str, request: Request) -> Response:
    """Return a file. Under the address with its hash it may be kept for a year; under any other it is asked anew."""
    found = _FILES.get(name)
    if found is None:
        raise HTTPException(404)
    tag = f'"{found.digest}"'
    is_named = request.query_params.get("v") == found.digest
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if is_named else "no-cache",
        "ETag": tag,
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(found.content, 200, headers, found.media_type)
