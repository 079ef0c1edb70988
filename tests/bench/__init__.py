"""`make bench`: what the system reaches on this machine, beside its peers, in one run.

A benchmark is not a test: a missed target is said, and fails nothing. Only what must never happen does, at any speed:
a slot with two winners, or an acknowledged notification that is lost.

Load is offered at a rate, whatever the system makes of it, and a latency counts from the moment a call was due, so that
a system that falls behind shows it. Every figure is warmed up first and is the median of its rounds.
"""
