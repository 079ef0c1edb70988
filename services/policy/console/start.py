"""The first page after the sign-in."""

from fastapi import APIRouter, Request, Response

from services.policy.console.sign_in.pages import show

router = APIRouter(include_in_schema=False)


@router.get("/")
async def show_start(request: Request) -> Response:
    """Say who has signed in."""
    return show(request, "start", {})
