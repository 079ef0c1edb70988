"""Access tokens for one connection, with the first of its credentials that Entra accepts.

A connection has one credential or two: while one is replaced, both count. They are tried in the order of their kinds
(`CredentialKind`), and of two of one kind in the order in which the connection names them. A token is kept until
shortly before its end, whatever becomes of the credential meanwhile. The files are read each time a token is needed, so
that a replaced secret or certificate is used at once.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from libs.graph.cloud import Cloud, Tenancy
from libs.graph.credentials import Credential, CredentialKind, check_validity, read_credential
from libs.graph.errors import AuthenticationFailed, CredentialUnusable, LoginUnreachable
from libs.graph.login import GrantedToken, Login

RENEWED_BEFORE_END_S = 300.0
REFUSAL_COUNTS_S = 10.0
"""How long a refused credential is not tried again, unless it has been replaced."""

REFUSED_ASKED_AGAIN_S = 300.0
"""How long a check does not ask about it: each refusal is a failed sign-in in the tenant's log."""

_BY_PREFERENCE = tuple(CredentialKind)


@dataclass(frozen=True, slots=True)
class CredentialState:
    """How a credential of a connection is doing. What is None is not known.

    `is_accepted` is None until Entra was asked, or the file could not be used; `problem` is in full sentences.
    """

    name: str
    kind: CredentialKind | None
    expires_at: datetime | None
    thumbprint: str | None
    is_accepted: bool | None
    is_in_use: bool
    problem: str | None


@dataclass(frozen=True, slots=True)
class _Offer:
    """A credential as its file has it, or why it cannot be used."""

    name: str
    credential: Credential | None = None
    unusable: CredentialUnusable | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    """What Entra said last to a credential."""

    credential: Credential
    refusal: str | None
    asked_at: float

    def still_counts(self, credential: Credential, for_s: float) -> bool:
        return self.credential == credential and time.monotonic() < self.asked_at + for_s


@dataclass(frozen=True, slots=True)
class _Held:
    """A token that is used, and the credential that it was got with."""

    name: str
    token: str = field(repr=False)
    good_until: float


class Tokens:
    """The tokens of one connection. Many tasks may ask at once: one fetches a token, and all share it."""

    def __init__(self, tenancy: Tenancy, cloud: Cloud, secrets_dir: Path | None, ca_file: Path | None) -> None:
        self._names = tenancy.credentials
        self._login = Login(tenancy, cloud, ca_file)
        self._secrets_dir = secrets_dir
        self._held: _Held | None = None
        self._fetching: asyncio.Task[_Held] | None = None
        self._answers: dict[str, _Answer] = {}

    async def get(self) -> str:
        """Return a token that is valid for some more minutes.

        Raises `AuthenticationFailed` if every credential is refused, `LoginUnreachable` if there is no answer now.
        """
        if (held := self._current()) is not None:
            return held.token
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(asyncio.to_thread(self._fetch), name="fetch a token")
            # If every waiting task was cancelled, nobody awaits this one, and asyncio would log its error.
            self._fetching.add_done_callback(lambda task: task.cancelled() or task.exception())
        # The thread cannot be cancelled, and others may be waiting for it.
        return (await asyncio.shield(self._fetching)).token

    def drop(self, token: str) -> None:
        """Forget a token that Graph refused; the next `get` fetches a new one."""
        if self._held is not None and token == self._held.token:
            self._held = None

    def use(self, names: tuple[str, ...]) -> None:
        """Name other credentials for tokens from now on; the one that is held is kept until its end."""
        self._names = names

    async def check(self, asked_again_after_s: float) -> Sequence[CredentialState]:
        """Look at every credential, and ask Entra about those that changed, or that it was not asked about for so long.

        One that is refused is asked about every few minutes. Without a token, the first that is accepted
        gives one. If Entra gives no answer, its last one stands.
        """
        return await asyncio.to_thread(self._check, asked_again_after_s)

    def _current(self) -> _Held | None:
        held = self._held
        return held if held is not None and time.monotonic() < held.good_until else None

    def _fetch(self) -> _Held:
        failures: list[AuthenticationFailed] = []
        for offer in self._offers():
            try:
                self._held = held = self._ask(offer)
            except AuthenticationFailed as error:
                failures.append(error)
            else:
                return held
        raise _joined(failures)

    def _check(self, asked_again_after_s: float) -> Sequence[CredentialState]:
        offers, is_first = list(self._offers()), True
        for offer in offers:
            if self._was_asked(offer, asked_again_after_s):
                is_first = is_first and self._answers[offer.name].refusal is not None
                continue
            try:
                held = self._ask(offer)
            except (AuthenticationFailed, LoginUnreachable):
                continue
            if is_first and self._current() is None:
                self._held = held
            is_first = False
        return [self._state(each) for each in offers]

    def _was_asked(self, offer: _Offer, lately_s: float) -> bool:
        """Whether Entra said so lately what it thinks of a credential that it need not be asked."""
        known = self._answers.get(offer.name)
        if known is None or offer.credential is None:
            return False
        for_s = lately_s if known.refusal is None else min(lately_s, REFUSED_ASKED_AGAIN_S)
        return known.still_counts(offer.credential, for_s)

    def _offers(self) -> Iterator[_Offer]:
        """Read every credential, in the order in which they are tried; those that cannot be used come last."""
        return iter(sorted((self._read(name) for name in self._names), key=_preference))

    def _read(self, name: str) -> _Offer:
        credential = None
        try:
            credential = read_credential(self._secrets_dir, name)
            check_validity(name, credential, datetime.now(UTC))  # noqa: TID251 - the clock is another library's
        except CredentialUnusable as error:
            return _Offer(name, credential, error)
        return _Offer(name, credential)

    def _ask(self, offer: _Offer) -> _Held:
        """Get a token with a credential. Raises `AuthenticationFailed` without asking if it was refused just now."""
        if offer.credential is None or offer.unusable is not None:
            raise offer.unusable or AssertionError("it is either read or not usable")
        known = self._answers.get(offer.name)
        if known is not None and known.refusal and known.still_counts(offer.credential, REFUSAL_COUNTS_S):
            raise AuthenticationFailed(known.refusal)
        try:
            granted = self._login.ask(offer.name, offer.credential)
        except AuthenticationFailed as error:
            self._answers[offer.name] = _Answer(offer.credential, str(error), time.monotonic())
            raise
        self._answers[offer.name] = _Answer(offer.credential, None, time.monotonic())
        return _held(offer.name, granted)

    def _state(self, offer: _Offer) -> CredentialState:
        credential, known = offer.credential, self._answers.get(offer.name)
        answer = known if known is not None and known.credential == credential else None
        is_usable = offer.unusable is None
        refusal = None if answer is None else answer.refusal
        return CredentialState(
            name=offer.name,
            kind=None if credential is None else credential.kind,
            expires_at=credential.expires_at if credential is not None and credential.counts_down else None,
            thumbprint=None if credential is None else credential.thumbprint,
            is_accepted=refusal is None if answer is not None and is_usable else None,
            is_in_use=self._held is not None and self._held.name == offer.name,
            problem=str(offer.unusable) if offer.unusable is not None else refusal,
        )


def _preference(offer: _Offer) -> int:
    if offer.credential is None or offer.unusable is not None:
        return len(_BY_PREFERENCE)
    return _BY_PREFERENCE.index(offer.credential.kind)


def _held(name: str, granted: GrantedToken) -> _Held:
    return _Held(name, granted.token, time.monotonic() + max(30.0, granted.lifetime_s - RENEWED_BEFORE_END_S))


def _joined(failures: Sequence[AuthenticationFailed]) -> AuthenticationFailed:
    """Return one error for all: what is said of every credential, one after the other."""
    if len(failures) == 1:
        return failures[0]
    kind = (
        CredentialUnusable if all(isinstance(each, CredentialUnusable) for each in failures) else AuthenticationFailed
    )
    return kind(" ".join(map(str, failures)))
