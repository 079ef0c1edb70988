"""Keeps the ledger and decides: which space is booked by whom, and what Outlook ought to show of it.

Consumes: `meeting.observed`, `correction.requested`, `intent.settled`, `approval.decide`,
    `reservation.request`, `.change`, `.cancel`, `.check`; HTTP under ``/v1``.
Publishes: `intent.issued`, `reservation.*`, `space.mapped`, `space.unmapped`, `retry.requested`,
    `cancellations.confirmed`, `conflict.freed`, through the outbox.
Owns: the ledger (connections, space groups, spaces, reservations, occupancies, meetings, intents, decisions).

One rule: only policy decides, and its decider (`core`) is a pure function of the ledger, the request and the time.
"""
