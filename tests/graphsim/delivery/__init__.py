"""What Graph does for subscribers: it keeps their subscriptions, and notifies them of changes until somebody listens.

Shakes hands with the addresses it is given, turns changes of the world into notifications, and posts them: late, twice
or not at all, as it is set to.

May know graph, whose forms it uses, and what graph may know.

Its one rule: it tells of what Exchange has written, and writes nothing there.
"""
