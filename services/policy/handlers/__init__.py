"""Handle each message, inside the transaction in which it is delivered.

Consumes: meeting.observed, correction.requested, intent.settled.
Publishes: intent.issued and reservation.*, through the outbox.
"""
