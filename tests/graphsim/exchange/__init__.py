"""What Exchange does: mailboxes, the events they hold, and the meeting mail between them.

Holds one `World` of mailboxes, each with its own copy of every meeting; expands series; organizes, answers and attends.

Knows nobody: no HTTP, no JSON but what a copy keeps as it came, no tokens, no subscribers. Those who want to hear of
changes are called back.

Its one rule: a copy changes through `World.write` and `World.remove` only, and one mailbox touches another only by
mail.
"""
