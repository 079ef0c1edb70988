"""What Graph does for subscribers: it keeps their subscriptions, and notifies them of changes until they listen.

Shakes hands with addresses, turns changes of the world into notifications, posts them late, twice or not at all, and
tells of what became of a subscription.

May know graph, whose forms it uses, and what graph knows.

Its one rule: only what Exchange has written is told, and telling changes nothing there.
"""
