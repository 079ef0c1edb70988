"""Compares both sides every few minutes and asks policy to put differences right.

Consumes: `space.mapped`, `space.unmapped`, `sweep.requested`. Publishes: `correction.requested`. Owns: when each
room was last compared and last agreed, and every drift from the day it was found to the day it was gone.

One rule: it shows policy what it saw and changes nothing itself; there is no second repair path.
"""
