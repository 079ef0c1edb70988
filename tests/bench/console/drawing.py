"""A timeline of fifty rooms and a week with five thousand reservations: the server's part, and until it can be used.

The server's part is from the sending of the request for what is booked to the last byte of its answer. A page can be
used once the rows in sight are drawn and the browser has time for whoever uses it; that counts from the click on.
"""

from time import perf_counter
from uuid import UUID

import orjson

from deploy.driver.eventually import eventually, expect
from deploy.driver.slots import slot
from libs.common.together import together
from tests.bench.console.visit import Visit
from tests.bench.figures import Incorrect, Line, Target
from tests.bench.ground import Ground
from tests.bench.samples import percentile
from tests.support.bookings import BOOK

SPACES, OF_EACH, DAYS = 50, 100, 7
ALL = SPACES * OF_EACH
DAYS_AHEAD = 1_000
BUILDING = "Observatory"
ROUNDS, WARM_UP = 30, 3
VISITS = 7
DRAWN_WITHIN_S = 20.0

_FILL = f"""
    WITH numbered AS (
        SELECT id AS space_id, place * {OF_EACH} + nth AS n,
            $2::timestamptz + nth * interval '{DAYS * 24 * 60 // OF_EACH} minutes' AS starts_at
        FROM unnest($1::uuid[]) WITH ORDINALITY AS each (id, place), generate_series(0, {OF_EACH - 1}) AS nth
    ),
    booked AS (
        SELECT n, gen_random_uuid() AS id, space_id, starts_at, starts_at + interval '50 minutes' AS ends_at,
            now() AS booked_at, 'Meeting ' || n AS title, 'person' || n || '@contoso.example' AS organizer,
            '[]'::jsonb AS policies, NULL::text AS ical_uid
        FROM numbered
    ),
    {BOOK}
"""

_WATCH = """
    new MutationObserver((_, observer) => {
        if (!document.querySelector("#calendar[data-at]")) return;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => { window.usableAt = performance.now(); }));
    }).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-at"] });
"""
_USABLE = "window.usableAt ?? null"
_DRAWN = "document.querySelectorAll('#calendar .event').length"


async def measure(ground: Ground, visit: Visit) -> list[Line]:
    """Measure both. Raises Incorrect if a reservation is missing."""
    ground.say(f"A timeline of {SPACES} rooms with {ALL:,} reservations.")
    first = slot(DAYS_AHEAD, hour=0)
    await _fill(ground, first.start)
    query = {"building": BUILDING, "from": f"{first.start:%Y-%m-%d}", "days": str(DAYS)}
    return [await _server(visit, query), await _browser(visit, query)]


async def _fill(ground: Ground, first: object) -> None:
    """Add spaces that no room stands for, and book them from a moment on."""
    spaces = []
    for _ in range(0, SPACES, 10):
        adding = (ground.cast.administrator.add_space("Dome", building=BUILDING) for _ in range(10))
        spaces += [UUID(each["id"]) for each in await together(adding)]
    await ground.ledger.execute(_FILL, spaces, first)
    await ground.ledger.execute("ANALYZE policy.reservations, policy.occupancies, policy.spaces, policy.space_parts")


async def _server(visit: Visit, query: dict[str, str]) -> Line:
    milliseconds, address = [], visit.timeline("/schedule", **query)
    for _ in range(WARM_UP + ROUNDS):
        began = perf_counter()
        content = await visit.fetch(address)
        milliseconds.append((perf_counter() - began) * 1000)
    if (found := len(orjson.loads(content)["reservations"])) != ALL:
        raise Incorrect(f"A timeline has {found} of {ALL} reservations.")
    counted = milliseconds[WARM_UP:]
    return Line(
        "console",
        f"what {SPACES} rooms have in a week, {ALL:,} reservations, by the server, p95",
        percentile(counted, 95),
        "ms",
        Target("below", 150),
        note=f"median {percentile(counted, 50):.0f} ms; {len(content) / 1000:,.0f} kB",
    )


async def _browser(visit: Visit, query: dict[str, str]) -> Line:
    page, seconds, until_all = visit.page, [], []
    await page.add_init_script(_WATCH)

    async def usable() -> float:
        found = await page.evaluate(_USABLE)
        expect(found is not None, "the timeline is not drawn")
        return float(found) / 1000

    async def all_drawn() -> float:
        drawn = await page.evaluate(_DRAWN)
        expect(drawn == ALL, f"{drawn} of {ALL} reservations are drawn")
        return float(await page.evaluate("performance.now()")) / 1000

    for _ in range(1 + VISITS):
        await page.goto(visit.timeline(**query), wait_until="commit")
        try:
            seconds.append(await eventually(usable, within_s=DRAWN_WITHIN_S))
            until_all.append(await eventually(all_drawn, within_s=DRAWN_WITHIN_S))
        except AssertionError as error:
            raise Incorrect(f"After {DRAWN_WITHIN_S:g} s, {error}.") from None
    used, whole = seconds[1:], until_all[1:]
    return Line(
        "console",
        "the same in Chromium, from the click until it can be used, median",
        percentile(used, 50),
        "s",
        Target("below", 1),
        note=f"{VISITS} visits, at most {max(used):.2f} s; all drawn after {percentile(whole, 50):.2f} s",
    )
