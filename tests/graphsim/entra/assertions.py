"""Who signed a client assertion: our application with a registered certificate, or an issuer whose identity is trusted.

Source: https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials
Source: https://learn.microsoft.com/en-us/entra/workload-id/workload-identity-federation
"""

from collections.abc import Mapping, Sequence
from typing import Any

import jwt

from tests.graphsim.entra.documented import documented
from tests.graphsim.entra.registered import Registered, RegisteredCredential

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def signed_by(assertion: str, client_id: str, audiences: Sequence[str], known: Registered) -> RegisteredCredential:
    """Return the credential that an assertion proves; anything amiss raises TokenRequestRefused."""
    try:
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.PyJWTError as wrong:
        raise documented(700027) from wrong
    if claims.get("iss") == client_id:
        return _of_certificate(assertion, client_id, audiences, known)
    return _of_issuer(assertion, claims, client_id, known)


def _of_certificate(
    assertion: str, client_id: str, audiences: Sequence[str], known: Registered
) -> RegisteredCredential:
    for each in known.certificates():
        assert each.certificate is not None
        try:
            jwt.decode(
                assertion,
                each.certificate.public_key(),  # type: ignore[arg-type]  # registered certificates are RSA
                algorithms=["PS256", "RS256"],
                audience=audiences,
                issuer=client_id,
                subject=client_id,
                options={"require": ["aud", "iss", "sub", "exp", "jti"]},
            )
        except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as wrong:
            raise documented(700024) from wrong
        except jwt.PyJWTError:
            continue
        if each.is_expired:
            raise documented(1000502)
        return each
    raise documented(700027)


def _of_issuer(assertion: str, claims: Mapping[str, Any], client_id: str, known: Registered) -> RegisteredCredential:
    trusted = known.federated()
    if not trusted:
        raise documented(70025, client=client_id)
    for number, claim in ((700211, "issuer"), (700213, "subject"), (700212, "audience")):
        said = claims.get({"issuer": "iss", "subject": "sub", "audience": "aud"}[claim])
        values = said if isinstance(said, list) else [said]
        trusted = [each for each in trusted if getattr(each, claim) in values]
        if not trusted:
            raise documented(number, presented=", ".join(map(str, values)))
    for each in trusted:
        try:
            jwt.decode(
                assertion, each.key, algorithms=["RS256"], audience=each.audience, options={"require": ["exp", "sub"]}
            )
        except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as wrong:
            raise documented(700024) from wrong
        except jwt.PyJWTError:
            continue
        return each
    raise documented(50013)
