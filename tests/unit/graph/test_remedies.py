"""What an administrator is told when the login fails: what is wrong, and what helps."""

import pytest

from libs.graph.errors import ConnectionLost, CredentialUnusable, GraphTokenRefused, LoginUnreachable
from libs.graph.remedies import REMEDIES, describe_refusal, tell


@pytest.mark.parametrize("code", REMEDIES)
def test_every_known_code_is_told_with_its_meaning_and_a_remedy(code: int) -> None:
    told = describe_refusal("tenant", "invalid_client", [1, code])

    assert told.startswith(f"Microsoft refuses the credential 'tenant' (AADSTS{code}): ")
    assert REMEDIES[code].meaning in told
    assert told.endswith(".")


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (7000215, "not its id"),
        (7000222, "Make a new secret"),
        (700016, "client id and the tenant id"),
        (90002, "Correct the tenant id"),
        (700027, "Upload the certificate"),
        (53003, "Exclude the application from the policy"),
        (7000112, "Enable sign-in"),
    ],
)
def test_codes_that_need_different_deeds_are_told_apart(code: int, remedy: str) -> None:
    assert remedy in describe_refusal("tenant", "invalid_client", [code])


def test_an_unknown_code_is_told_with_microsofts_page_about_it() -> None:
    told = describe_refusal("tenant", "invalid_client", [123456])

    assert "invalid_client, AADSTS123456" in told
    assert "https://login.microsoftonline.com/error?code=123456" in told


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (CredentialUnusable("The file is empty."), "The file is empty."),
        (LoginUnreachable("The login cannot be reached."), "The login cannot be reached."),
        (ConnectionLost("GET got no answer"), "GET got no answer."),
    ],
)
def test_what_explains_itself_is_told_as_it_is(error: CredentialUnusable, told: str) -> None:
    assert tell(error) == told


def test_a_token_that_graph_refuses_is_no_wrong_secret() -> None:
    told = tell(GraphTokenRefused("Access token validation failure.", status=401, code="InvalidAuthenticationToken"))

    assert told.startswith("Microsoft Graph does not accept our token")
    assert "Access token validation failure." in told
