"""Compares the ledger with the room calendars every few minutes, and asks policy to correct each drift.

Consumes: `space.mapped`, `space.unmapped`, `sweep.requested`, `conflict.freed`, `cancellations.confirmed`,
    `retry.requested`.
Publishes: `correction.requested`, `retry.requested`. Owns: when each room was last compared and last agreed, and every
drift from when it was found until it was gone; and how each credential of a connection is doing.

One rule: it shows policy what it saw and changes nothing itself, so every repair is a decision of policy.
"""
