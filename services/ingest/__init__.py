"""Turns Microsoft Graph notifications into observations of room calendars, and keeps the notifications coming.

Consumes: `outlook.notified`, `look.requested`, `lifecycle.notified`, `space.mapped`, `space.unmapped`,
`retry.requested`.
Publishes: `meeting.observed`, `sweep.requested`, `retry.requested`, and for itself `outlook.notified` and
`lifecycle.notified`.
Owns: one watch per mapped room, pointers (which meeting an event id stood for), misses (what to look at again), and
what a requested look missed.
Reads: policy's mapped spaces and expectations, the reconciler's drifts.

One rule: a notification only says where to look.
"""
