"""The addresses of the sign-in: the way to the login service and back, and the way out.

The id of a session is made when somebody has signed in, and the session that the browser had before is ended. So an id
that was known before is of no use afterwards.
"""

from collections.abc import Mapping

import structlog
from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from libs.common.db import Connection
from services.policy.commands.callers import PEOPLE, Caller, KeysUnavailable, TokenRefused
from services.policy.commands.work import run
from services.policy.console.addresses import SIGN_IN, SIGNED_OUT, SIGNING_OUT, START, own_page
from services.policy.console.cookies import BROWSER, SESSION, forget_secret, set_secret
from services.policy.console.page import go_on, show
from services.policy.console.problems import show_problem
from services.policy.console.secret_values import hash_of, new_secret
from services.policy.console.sign_in.entra import LoginServiceAway, SignInRefused
from services.policy.console.sign_in.setup import SignIn
from services.policy.store import console_sessions, console_sign_ins
from services.policy.store.console_sessions import ConsoleSession
from services.policy.store.console_sign_ins import KEPT, BegunSignIn

_log = structlog.get_logger(__name__)

AS_ANOTHER = f"{SIGN_IN}?who=another"

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
async def begin_sign_in(request: Request, to: str = START, who: str = "") -> Response:
    """Send the browser to the login service; `who=another` has it ask who it is."""
    sign_in, return_to = _sign_in(request), own_page(to)
    if hasattr(request.state, "visitor") and who != "another":
        return RedirectResponse(return_to, 303)
    try:
        flow = await sign_in.login.begin(asks_who=who == "another")
    except LoginServiceAway as error:
        return _login_service_away(request, error)
    browser = request.cookies.get(BROWSER) or new_secret()
    begun = BegunSignIn({name: value for name, value in flow.items() if name != "auth_uri"}, return_to)

    async def keep(conn: Connection) -> None:
        await console_sign_ins.keep(conn, hash_of(flow["state"]), hash_of(browser), begun)

    await run(sign_in.context, keep)
    answer = RedirectResponse(flow["auth_uri"], 303)
    set_secret(answer, BROWSER, browser, KEPT)
    return answer


@router.get("/sign-in/callback")
async def finish_sign_in(request: Request) -> Response:
    """Take the answer of the login service, begin a session, and go on with the page that was asked for."""
    sign_in, answer = _sign_in(request), dict(request.query_params)
    begun = await _take(request, answer)
    if begun is None:
        if hasattr(request.state, "visitor"):
            return RedirectResponse(START, 303)  # an answer that was taken before, by the button that goes back
        detail = (
            "It was begun in another browser, is finished already, or took longer than "
            f"{KEPT.total_seconds() / 60:g} minutes. Nothing was changed. Sign in again."
        )
        return show_problem(request, 400, "This sign-in cannot be finished.", detail, sign_in=SIGN_IN)
    try:
        caller = await sign_in.read_caller(await sign_in.login.finish(begun.flow, answer))
    except SignInRefused as refused:
        return _refused(request, refused)
    except TokenRefused as refused:
        _log.warning("console.token_refused", reason=str(refused))
        detail = "Microsoft's answer is not for this console, or not valid now. Sign in again; if it stays, tell your "
        return show_problem(request, 403, "You are not signed in.", f"{detail}administrator the time.", sign_in=SIGN_IN)
    except (LoginServiceAway, KeysUnavailable) as error:
        return _login_service_away(request, error)
    return await _let_in(request, caller, begun.return_to)


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session, and lead on to the login service, where it is ended too.

    The way there has a page in between, because browsers let a form lead to this server only, redirects included.
    """
    await _end_session(request)
    _log.info("console.signed_out")
    answer = RedirectResponse(SIGNING_OUT, 303)
    forget_secret(answer, SESSION)
    return answer


@router.get("/signing-out")
async def show_signing_out(request: Request) -> Response:
    """Say that the session has ended, and go on to the login service."""
    sign_in = _sign_in(request)
    return go_on(request, "signing_out", sign_in.login.way_out(f"{sign_in.origin}{SIGNED_OUT}"))


@router.get("/signed-out")
async def show_signed_out(request: Request) -> Response:
    """Say that nobody is signed in here any more."""
    return show(request, "signed_out", {"sign_in": SIGN_IN})


async def _take(request: Request, answer: Mapping[str, str]) -> BegunSignIn | None:
    """Take what was kept for an answer, if this browser began it."""
    state, browser = answer.get("state"), request.cookies.get(BROWSER)
    if not state or not browser:
        return None
    async with _sign_in(request).context.working() as conn:
        return await console_sign_ins.take(conn, hash_of(state), hash_of(browser))


async def _let_in(request: Request, caller: Caller, return_to: str) -> Response:
    """Begin a session, in place of any that the browser has; or tell whom to ask, for somebody without a role."""
    await _end_session(request)
    if not caller.is_any_of(PEOPLE):
        _log.info("console.no_role", subject=caller.id)
        roles = ", ".join(sorted(PEOPLE))
        facts = {"name": caller.name, "roles": roles, "sign_in": SIGN_IN, "sign_in_as_another": AS_ANOTHER}
        answer = show(request, "no_role", facts, status=403)
        forget_secret(answer, SESSION)
        return answer
    sign_in, session_id = _sign_in(request), new_secret()
    session = ConsoleSession(caller.id, caller.name, caller.roles)

    async def begin(conn: Connection) -> None:
        await console_sessions.begin(conn, hash_of(session_id), session, sign_in.idle, sign_in.longest)

    await run(sign_in.context, begin)
    _log.info("console.signed_in", subject=caller.id, roles=[str(role) for role in sorted(caller.roles)])
    # No redirect: browsers keep a page for the button that goes back until a cookie changes of the address at which the
    # way to it began. If that were Microsoft's, the page would still be shown after signing out.
    answer = go_on(request, "signed_in", return_to)
    set_secret(answer, SESSION, session_id)
    return answer


async def _end_session(request: Request) -> None:
    session_id = request.cookies.get(SESSION)
    if session_id:
        async with _sign_in(request).context.working() as conn:
            await console_sessions.end(conn, hash_of(session_id))
    if hasattr(request.state, "visitor"):
        del request.state.visitor


def _refused(request: Request, refused: SignInRefused) -> Response:
    if refused.error == "access_denied":
        return show_problem(
            request, 403, "You are not signed in.", "You chose not to sign in. Nothing was changed.", sign_in=SIGN_IN
        )
    _log.warning("console.sign_in_refused", error=refused.error, codes=refused.codes)
    named = f" It says {', '.join(f'AADSTS{code}' for code in refused.codes)}." if refused.codes else ""
    detail = f"Microsoft did not sign you in.{named} Sign in again; if it stays, tell your administrator."
    return show_problem(request, 403, "You are not signed in.", detail, sign_in=SIGN_IN)


def _login_service_away(request: Request, error: Exception) -> Response:
    _log.warning("console.login_service_away", error=str(error))
    detail = "Microsoft cannot be asked who you are just now. Nothing was changed: try again in a moment."
    return show_problem(request, 503, "You cannot sign in just now.", detail, retry=True, sign_in=SIGN_IN)


def _sign_in(request: Request) -> SignIn:
    sign_in: SignIn = request.app.state.sign_in
    return sign_in
