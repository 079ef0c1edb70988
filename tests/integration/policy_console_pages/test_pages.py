"""What is the same on every page: headers, navigation, escaping, files, and what is said when something goes wrong."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2
import orjson
import pytest

from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import open_pool
from libs.common.topology import Topology
from services.policy.commands.work import RequestContext
from services.policy.console.cookies import SESSION
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy_api.asking import asking_space, question_about
from tests.integration.policy_api.test_conflicts import conflicting
from tests.integration.policy_console_pages.console import ORIGIN, Console, pages_of, said

PAGES = [
    "/",
    "/approvals",
    "/approvals/several",
    "/rooms",
    "/findings",
    "/rules",
    "/connections",
    "/rules/check",
    "/reservations",
    "/imports",
    "/conflicts",
    "/operations",
    "/operations/drifts",
    "/operations/brakes",
]
HOSTILE = "<script>alert(1)</script>{{7*7}}"

_WATCH = """
    INSERT INTO ingest.watches (space_id, room_mailbox, connection_id, state, detail, state_since)
    SELECT space_id, room_mailbox, connection_id, 'refused', $2, $3
    FROM policy.mapped_spaces_v1 WHERE space_id = $1
"""
_STEP = """
    INSERT INTO policy.steps (at, kind, space_id, key_ical_uid, correlation_id, actor, facts)
    VALUES ($1, $2, $3, $4, $5, '{"kind": "system"}', $6)
"""


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_runs_and_loads_nothing_but_files_of_this_server(console: Console, path: str) -> None:
    answer = await console.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert not re.search(r"<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=|<style|javascript:|hx-on", answer.text)


@pytest.mark.parametrize("path", PAGES)
async def test_every_file_of_a_page_is_there_and_may_be_kept(console: Console, path: str) -> None:
    page = (await console.get(path)).text
    addresses = re.findall(r'(?:src|href)="(/console/static/[^"]+)"', page)

    assert {each.rpartition("/")[2].partition("?")[0] for each in addresses} >= {
        "console.css",
        "console.js",
        "htmx.min.js",
    }
    for each in addresses:
        answer = await console.http.get(each, headers={"x-role": "viewer"})
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-type"].partition(";")[0] in {"text/css", "text/javascript", "image/svg+xml"}


async def test_a_file_under_an_old_address_is_asked_for_anew(console: Console) -> None:
    first = await console.get("/static/console.css?v=old")
    again = await console.get("/static/console.css", **{"if-none-match": first.headers["etag"]})

    assert first.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["no.css", "..%2fpage.py", "vendor/VENDORED.toml", "vendor/htmx.LICENSE"])
async def test_nothing_else_is_served_as_a_file(console: Console, name: str) -> None:
    assert (await console.get(f"/static/{name}")).status_code == 404


async def test_the_navigation_names_where_one_is_and_who_one_is(console: Console) -> None:
    text = await console.text("/findings", role="viewer")

    assert '<a href="/console/findings" aria-current="page">Findings</a>' in text
    assert '<a href="/console/approvals">Approvals</a>' in text
    assert "Grace the viewer" in text
    assert '<form class="who" method="post" action="/console/sign-out">' in text


async def test_requests_of_the_script_bring_the_token_of_the_forms(console: Console) -> None:
    page = (await console.get("/")).text
    found = re.search(r"<body hx-headers='([^']*)'>", page)

    assert found is not None
    assert orjson.loads(found[1]) == {"X-CSRF-Token": console.csrf_token("approver")}


async def test_what_people_named_something_is_text_and_nothing_else(console: Console) -> None:
    world = console.world
    space = await asking_space(world)
    await world.call("PATCH", f"/v1/spaces/{space['id']}", {"name": "<script>Hall"})
    organizer = {"name": '"><img src=x onerror=alert(1)>', "email": "ada@example.org"}
    made = await world.reservation(space["id"], 9, 10, title=HOSTILE, organizer=organizer)
    question = await question_about(world, made)

    for path in ("/", "/approvals", f"/approvals/{question['id']}", f"/approvals/several?id={question['id']}"):
        answer = await console.get(path)
        assert "<script>alert" not in answer.text
        assert "<script>Hall" not in answer.text
        assert "<img" not in answer.text
        assert "&lt;script&gt;Hall" in answer.text
        assert "{{7*7}}" in answer.text
    answer = await console.get("/approvals?space=%22%3E%3Cscript%3E")
    assert "<script>" not in answer.text


async def test_today_counts_what_waits_and_leads_to_it(console: Console) -> None:
    world = console.world
    space = await asking_space(world)
    made = await world.reservation(space["id"], 9, 10, title="Open day")
    question = await question_about(world, made)
    await conflicting(world, 9)
    waiting = len((await world.call("GET", "/v1/approvals?state=pending&limit=200")).json()["items"])
    conflicts = len((await world.call("GET", "/v1/conflicts?limit=200")).json()["items"])

    text = await console.text("/", role="viewer")

    assert f'Approvals <span class="count">{waiting}</span>' in text
    assert f'Conflicts of the first sync <span class="count">{conflicts}</span>' in text
    assert (f"/console/approvals/{question['id']}" in text) is (waiting <= 5)


async def test_a_finding_is_shown_with_why_it_matters_and_what_mends_it(console: Console) -> None:
    world = console.world
    space = await world.mapped_space()
    await world.admin.execute(_WATCH, space["id"], "It says why.", datetime.now(UTC))
    [found] = (await world.call("GET", f"/v1/findings?space_id={space['id']}")).json()["items"]

    text = await console.text("/findings", role="viewer")

    assert all(found[each] in text for each in ("subject", "finding", "why", "remedy", "code", "doc"))
    assert found["subject"] in await console.text("/")
    assert found["subject"] in await console.text(f"/findings?level={found['level']}")
    assert "No finding fits this filter." in await console.text("/findings?level=info")
    assert (await console.get("/findings?level=bad")).status_code == 422


async def test_findings_are_paged(console: Console) -> None:
    world = console.world
    spaces = [await world.mapped_space() for _ in range(26)]
    for each in spaces:
        await world.admin.execute(_WATCH, each["id"], "It says why.", datetime.now(UTC))

    first = await console.get("/findings")
    found = re.search(r'<a href="([^"]+)" rel="next"', first.text)
    assert found is not None
    second = await console.get(found[1].replace("&amp;", "&").removeprefix("/console"))

    assert first.text.count("<article") == 25
    assert second.text.count("<article") >= 1
    shown = [set(re.findall(r'<article class="card" id="([^"]+)"', each.text)) for each in (first, second)]
    assert shown[0].isdisjoint(shown[1])


async def test_the_last_hour_is_told_by_answers_that_were_seen_on_the_calendar(console: Console) -> None:
    world, now = console.world, datetime.now(UTC)
    assert "No invitation was answered in the last hour." in await console.text("/")
    space = await world.mapped_space()
    for number, (took, ago) in enumerate([(1.0, 5), (3.0, 10), (100.0, 70)]):
        uid, correlation_id, settled = f"uid-{number}", f"chain-{number}", now - timedelta(minutes=ago)
        notified = [{"received_at": (settled - timedelta(seconds=took)).isoformat(), "correlation_id": correlation_id}]
        answered = {"generation": 1, "settlement": "done", "has_written": True, "want": "answer", "answer": "accepted"}
        for kind, facts in (
            ("observed", {"is_present": True, "notified": notified, "notifications": 1}),
            ("settled", {**answered, "settled_at": settled.isoformat()}),
        ):
            facts_as_json = orjson.dumps(facts).decode()
            await world.admin.execute(_STEP, settled, kind, space["id"], uid, correlation_id, facts_as_json)

    text = await console.text("/")

    assert "2 invitations were answered." in text
    assert "<dt>Half of them within</dt><dd>2.0 s</dd>" in text
    assert "<dt>95 of 100 within</dt><dd>2.9 s</dd>" in text


async def test_without_its_database_a_page_says_so_and_when_to_try_again(console: Console) -> None:
    pool = await open_pool("postgresql://nobody:hush@127.0.0.1:1/nowhere", schema="policy", min_size=0)
    context = RequestContext(pool, Codec({}, Topology([], shards=1)), utc_now, PATIENCE, 2.5)
    headers = {"cookie": f"{SESSION}={console.session_ids['admin']}", "origin": ORIGIN}
    async with httpx2.AsyncClient(transport=pages_of(context, console.bus), base_url=ORIGIN) as http:
        shown = [await http.get(f"/console{path}", headers=headers) for path in ("/", "/approvals", "/findings")]
        decided = await http.post(f"/console/approvals/{uuid4()}/approve", headers=headers)
    await pool.close()

    for answer in (*shown, decided):
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert "The room reservations cannot be reached just now." in answer.text
        assert "hush" not in answer.text
        assert "127.0.0.1" not in answer.text


async def test_an_address_without_a_page_is_answered_with_the_way_back(console: Console) -> None:
    for answer in (await console.get("/nothing"), await console.post("/findings")):
        assert answer.status_code in {404, 405}
        assert "There is no page at this address." in said(answer)
        assert 'href="/console/"' in answer.text
