"""The tenant's signing keys: tokens are signed by the newest, and older ones count until they are retired.

Source: https://learn.microsoft.com/en-us/entra/identity-platform/signing-key-rollover
"""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.graphsim.entra.keys import new_pem


class KeyRing:
    """Keys by their id, the oldest first."""

    def __init__(self, first: bytes) -> None:
        self._keys = dict([_with_id(first)])

    @property
    def newest(self) -> str:
        """The id of the key that signs."""
        return next(reversed(self._keys))

    def rotate(self, *, retires: bool) -> str:
        """Sign by a new key from now on, and return its id; `retires` has those before it count no longer."""
        if retires:
            self._keys.clear()
        self._keys.update([_with_id(new_pem())])
        return self.newest

    def sign(self, claims: Mapping[str, Any]) -> str:
        return jwt.encode(dict(claims), self._keys[self.newest], algorithm="RS256", headers={"kid": self.newest})

    def public_key(self, token: str) -> rsa.RSAPublicKey:
        """The key that a token names. Raises jwt.PyJWTError for one that is not published."""
        key = self._keys.get(str(jwt.get_unverified_header(token).get("kid")))
        if key is None:
            raise jwt.InvalidKeyError("no key of that id is published")
        return key.public_key()

    def published(self) -> list[dict[str, Any]]:
        """Every key that counts, as a JWK."""
        to_jwk = jwt.algorithms.RSAAlgorithm.to_jwk
        return [
            {**to_jwk(key.public_key(), as_dict=True), "use": "sig", "kid": key_id}
            for key_id, key in self._keys.items()
        ]


def _with_id(pem: bytes) -> tuple[str, rsa.RSAPrivateKey]:
    """A key and its id, which is the same for the same key."""
    key = load_pem_private_key(pem, password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return str(uuid5(NAMESPACE_URL, str(key.public_key().public_numbers().n))), key
