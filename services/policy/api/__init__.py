"""The HTTP API of the ledger: connections, spaces, reservations, availability.

Reads the ledger through `store`, changes it through `commands`, and translates both ways between JSON
and values.

Consumes: HTTP under ``/v1``.
Publishes: what the commands return, through the outbox.
Owns: `idempotency_keys` in the ledger's schema.

One rule: whatever is refused is refused whole, with a problem document (RFC 9457) that says what was wrong and what
would be right.
"""
