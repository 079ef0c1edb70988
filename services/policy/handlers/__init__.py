"""Handle each message, inside the transaction in which it is delivered.

Consumes: meeting.observed, correction.requested, intent.settled, approval.decide, and
reservation.request, .change, .cancel and .check, which have queues of their own.
Publishes: intent.issued, reservation.* and what replies to commands, through the outbox.
"""
