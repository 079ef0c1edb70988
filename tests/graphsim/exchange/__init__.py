"""What Exchange does: mailboxes, the events they hold, and the meeting mail between them.

One `World` holds the mailboxes, each with its own copy of every meeting. Organizers, attendees and attendants act on
copies; a series is one copy with what single dates have of their own, expanded when it is looked at.

Knows no other room: no HTTP, no tokens, no subscribers. Whoever wants to hear of changes is called back.

Its one rule: a copy changes through `World.write` and `World.remove` only, and one mailbox touches another only by
mail.
"""
