"""Handle each message, inside the transaction in which it is delivered.

Consumes: meeting.observed, correction.requested, intent.settled, approval.decide.
Publishes: intent.issued, reservation.* and what replies to approval.decide, through the outbox.
"""
