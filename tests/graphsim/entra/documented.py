"""Entra's refusals by their AADSTS number, as applications meet them, without a user and with one who signs in.

Source: https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes
Source: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow#error-response
Source: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow#error-codes-for-authorization-endpoint-errors
Source: https://github.com/AzureAD/microsoft-authentication-library-for-js/issues/5044 for a verifier that is missing
Source: https://github.com/AzureAD/microsoft-identity-web/issues/2612 for a code that is used twice
"""

from dataclasses import dataclass

from tests.graphsim.entra.refusing import TokenRequestRefused


@dataclass(frozen=True, slots=True)
class DocumentedRefusal:
    """Status, OAuth error and sentence, in which `{client}`, `{tenant}` and `{presented}` stand for what was sent."""

    status: int
    error: str
    sentence: str


REFUSALS = {
    50011: DocumentedRefusal(
        400,
        "invalid_request",
        "The redirect URI '{presented}' specified in the request does not match the redirect URIs configured for the "
        "application '{client}'. Make sure the redirect URI sent in the request matches one added to your application "
        "in the Azure portal.",
    ),
    50013: DocumentedRefusal(
        401, "invalid_client", "Assertion failed signature validation. [Reason - The key was not found.]"
    ),
    50034: DocumentedRefusal(400, "invalid_grant", "The account does not exist in the {tenant} directory."),
    50058: DocumentedRefusal(400, "login_required", "A silent sign-in request was sent but no user is signed in."),
    50148: DocumentedRefusal(
        400,
        "invalid_grant",
        "The code_verifier does not match the code_challenge supplied in the authorization request for PKCE.",
    ),
    50149: DocumentedRefusal(400, "invalid_request", "Invalid Code_Challenge_method parameter."),
    53003: DocumentedRefusal(
        400,
        "invalid_grant",
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    ),
    54005: DocumentedRefusal(
        400,
        "invalid_grant",
        "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh "
        "token.",
    ),
    65004: DocumentedRefusal(400, "access_denied", "User declined to consent to access the app."),
    70000: DocumentedRefusal(
        400,
        "invalid_grant",
        "The provided value for the input parameter 'redirect_uri' is not valid. The value must exactly match the "
        "redirect URI used to obtain the authorization code.",
    ),
    70003: DocumentedRefusal(
        400, "unsupported_grant_type", "The app requested an unsupported grant type. Check the grant_type parameter."
    ),
    70005: DocumentedRefusal(
        400,
        "unsupported_response_type",
        "The app returned an unsupported response type due to the following reasons: response type 'code' is not asked "
        "for.",
    ),
    70008: DocumentedRefusal(
        400, "invalid_grant", "The provided authorization code or refresh token has expired due to inactivity."
    ),
    70011: DocumentedRefusal(
        400, "invalid_scope", "The provided value for the input parameter 'scope' is not valid for client '{client}'."
    ),
    70025: DocumentedRefusal(
        401, "invalid_client", "The client '{client}' has no configured federated identity credentials."
    ),
    90002: DocumentedRefusal(
        400,
        "invalid_request",
        "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the "
        "correct cloud. Check with your subscription administrator, this may happen if there are no active "
        "subscriptions for the tenant.",
    ),
    90014: DocumentedRefusal(
        400, "invalid_request", "The required field '{presented}' is missing or has no known value."
    ),
    90023: DocumentedRefusal(400, "invalid_request", "Invalid STS request: the prompt is not known."),
    90033: DocumentedRefusal(503, "temporarily_unavailable", "A transient error has occurred. Please try again."),
    500011: DocumentedRefusal(
        400, "invalid_resource", "The resource principal was not found in the tenant named '{tenant}'."
    ),
    501481: DocumentedRefusal(
        400,
        "invalid_grant",
        "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
    ),
    700016: DocumentedRefusal(
        400,
        "unauthorized_client",
        "Application with identifier '{client}' was not found in the directory '{tenant}'. This can happen if the "
        "application has not been installed by the administrator of the tenant or consented to by any user in the "
        "tenant. You may have sent your authentication request to the wrong tenant.",
    ),
    700024: DocumentedRefusal(401, "invalid_client", "Client assertion is not within its valid time range."),
    700027: DocumentedRefusal(
        401,
        "invalid_client",
        "The certificate with identifier used to sign the client assertion is not registered on application. "
        "[Reason - The key was not found.]",
    ),
    700211: DocumentedRefusal(
        401,
        "invalid_client",
        "No matching federated identity record found for presented assertion issuer '{presented}'. Please check your "
        "federated identity credential Subject, Audience and Issuer against the presented assertion.",
    ),
    700212: DocumentedRefusal(
        401,
        "invalid_client",
        "No matching federated identity record found for presented assertion audience '{presented}'. Please check your "
        "federated identity credential Subject, Audience and Issuer against the presented assertion.",
    ),
    700213: DocumentedRefusal(
        401,
        "invalid_client",
        "No matching federated identity record found for presented assertion subject '{presented}'. Please check your "
        "federated identity credential Subject, Audience and Issuer against the presented assertion.",
    ),
    1000502: DocumentedRefusal(
        401, "invalid_client", "The provided certificate is not within its specified validity window."
    ),
    7000112: DocumentedRefusal(400, "unauthorized_client", "Application '{client}' is disabled."),
    7000215: DocumentedRefusal(
        401,
        "invalid_client",
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not "
        "the client secret ID, for a secret added to app '{client}'.",
    ),
    7000216: DocumentedRefusal(
        401,
        "invalid_client",
        "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
    ),
    7000218: DocumentedRefusal(
        401,
        "invalid_client",
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
    7000222: DocumentedRefusal(
        401,
        "invalid_client",
        "The provided client secret keys for app '{client}' are expired. Visit the Azure portal to create new keys for "
        "your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: "
        "https://aka.ms/certCreds.",
    ),
    9002313: DocumentedRefusal(400, "invalid_grant", "Invalid request. Request is malformed or invalid."),
}


def documented(
    number: int, *, client: str = "", tenant: str = "", presented: str = "", error: str | None = None
) -> TokenRequestRefused:
    """The refusal of that number; `error` is another OAuth error than it usually has."""
    known = REFUSALS[number]
    sentence = known.sentence.format(client=client, tenant=tenant, presented=presented)
    return TokenRequestRefused(error or known.error, number, sentence, known.status)
