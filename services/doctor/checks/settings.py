"""The settings that are set here: each is well-formed, and no two of them contradict each other."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from libs.common.clock import utc_now
from libs.common.settings import Settings
from libs.common.wrong_settings import WrongSettings, read_settings
from services.doctor.check import NotSetUp
from services.findings.finding import Finding, FindingCode
from services.findings.registry import fill_in

NOT_SET = " is not set: "
"""How the sentence about a setting begins, after its name, that is required and not set."""


async def look_at_settings(kinds: Mapping[str, type[Settings]]) -> Sequence[Finding]:
    """Read the settings of every service, by its name. What is not set here is no fault: a service runs elsewhere.

    Raises `NotSetUp` if nothing that any service needs is set here.
    """
    found: list[Settings] = []
    sentences: dict[str, None] = {}
    lacking: dict[str, None] = {}
    for kind in kinds.values():
        try:
            found.append(read_settings(kind))
        except WrongSettings as error:
            missing = [each for each in error.sentences if NOT_SET in each]
            sentences |= dict.fromkeys(each for each in error.sentences if each not in missing)
            lacking |= dict.fromkeys(each.partition(NOT_SET)[0] for each in missing)
    if not found and not sentences:
        raise NotSetUp(f"no service could be started here, where {', '.join(lacking)} is not set")
    now = utc_now()
    return [*judge_sentences(list(sentences), now=now), *judge_settings(_together(found), now=now)]


def _together(found: Sequence[Settings]) -> dict[str, object]:
    """Return the values of all settings by name; the same name has the same value wherever it is read."""
    return {name: getattr(each, name) for each in found for name in type(each).model_fields}


def judge_sentences(sentences: Sequence[str], *, now: datetime) -> Iterator[Finding]:
    """Tell which settings are wrong, by the sentences that services say at their start."""
    for sentence in sentences:
        yield fill_in(FindingCode.SETTING_WRONG, sentence.partition(" ")[0], now, {"sentence": sentence})


def judge_settings(values: Mapping[str, object], *, now: datetime) -> Iterator[Finding]:
    """Tell which settings contradict each other, of those that are known here."""
    for name, sentence, why, remedy in _contradictions(values):
        words = {"sentence": sentence, "why": why, "remedy": remedy}
        yield fill_in(FindingCode.SETTINGS_CONTRADICT, f"ROOMSYNC_{name.upper()}", now, words)


def _contradictions(values: Mapping[str, object]) -> Iterator[tuple[str, str, str, str]]:
    yield from _of_days(values)
    yield from _of_secrets(values)
    yield from _of_addresses(values)


def _of_days(values: Mapping[str, object]) -> Iterator[tuple[str, str, str, str]]:
    ahead, compared = values.get("series_ahead_days"), values.get("sweep_look_ahead_days")
    if isinstance(ahead, int) and isinstance(compared, int) and ahead > compared:
        yield (
            "sweep_look_ahead_days",
            (
                f"Series are booked {ahead} days ahead (ROOMSYNC_SERIES_AHEAD_DAYS), and rooms are compared for "
                f"{compared} days only (ROOMSYNC_SWEEP_LOOK_AHEAD_DAYS)."
            ),
            "What differs beyond is put right only once it comes nearer.",
            "Set ROOMSYNC_SWEEP_LOOK_AHEAD_DAYS to as many days as ROOMSYNC_SERIES_AHEAD_DAYS at least.",
        )
    history, personal = values.get("history_days"), values.get("personal_data_days")
    if isinstance(history, int) and isinstance(personal, int) and 0 < history < personal:
        yield (
            "personal_data_days",
            (
                f"Personal data is to be kept for {personal} days (ROOMSYNC_PERSONAL_DATA_DAYS), and reservations only "
                f"for {history} (ROOMSYNC_HISTORY_DAYS)."
            ),
            "The longer time has no effect: what is deleted keeps no names.",
            "Set ROOMSYNC_PERSONAL_DATA_DAYS to ROOMSYNC_HISTORY_DAYS or less.",
        )
    usual, polling = values.get("sweep_interval_s"), values.get("sweep_polling_interval_s")
    if isinstance(usual, float) and isinstance(polling, float) and polling > usual and polling != 60:
        yield (
            "sweep_polling_interval_s",
            (
                f"Rooms that Microsoft does not tell of are to be compared every {polling:g} s "
                f"(ROOMSYNC_SWEEP_POLLING_INTERVAL_S), more seldom than the others, every {usual:g} s."
            ),
            "The longer time has no effect: they are compared as often as the others.",
            "Set ROOMSYNC_SWEEP_POLLING_INTERVAL_S to ROOMSYNC_SWEEP_INTERVAL_S or less.",
        )


def _of_secrets(values: Mapping[str, object]) -> Iterator[tuple[str, str, str, str]]:
    one, other = (_secret(values.get(name)) for name in ("client_state_secrets", "link_secrets"))
    if one and one == other:
        yield (
            "link_secrets",
            "ROOMSYNC_LINK_SECRETS and ROOMSYNC_CLIENT_STATE_SECRETS are the same.",
            "Whoever learns the one can forge both notifications and links in mails.",
            "Give each a secret of its own, with the old one behind a comma for an hour.",
        )


def _of_addresses(values: Mapping[str, object]) -> Iterator[tuple[str, str, str, str]]:
    ingest, policy = values.get("ingest_public_url"), values.get("policy_public_url")
    if isinstance(ingest, str) and isinstance(policy, str) and ingest.rstrip("/") == policy.rstrip("/"):
        yield (
            "policy_public_url",
            "ROOMSYNC_POLICY_PUBLIC_URL and ROOMSYNC_INGEST_PUBLIC_URL are the same address.",
            "The proxy there has to tell /graph/ from the rest, or links in mails lead to the webhook.",
            "Give the API an origin of its own, or see that the proxy sends only /graph/ to ingest.",
        )
    issuer, keys = values.get("api_issuer"), values.get("api_jwks_url")
    if isinstance(issuer, str) and isinstance(keys, str):
        tenants = {
            segment for each in issuer.split(",") for segment in urlsplit(each.strip()).path.split("/") if segment
        }
        tenant = urlsplit(keys).path.strip("/").split("/")[0]
        if "login.microsoftonline" in keys and tenant not in {"common", "organizations", *tenants}:
            yield (
                "api_jwks_url",
                "ROOMSYNC_API_JWKS_URL has the keys of another tenant than ROOMSYNC_API_ISSUER names.",
                "No token of the issuer can be verified by them, so nobody can use the API.",
                "Put the tenant of the issuer into ROOMSYNC_API_JWKS_URL.",
            )


def _secret(value: object) -> str | None:
    found = getattr(value, "get_secret_value", None)
    return str(found()) if found is not None else None
