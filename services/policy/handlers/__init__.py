"""Gather, decide, apply: what happens on each message and each command, inside the caller's transaction.

Consumes: meeting.observed, correction.requested, intent.settled.
Publishes: intent.issued and reservation.*, through the outbox.
"""
