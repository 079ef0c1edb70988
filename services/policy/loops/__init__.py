"""What policy does by itself.

It releases rooms that were kept without an invitation for long enough, sees to mailboxes whose mapping changed,
finishes spaces that close, offers time that became free to those who wait for it, and has meetings looked at: those
whose accept should have replaced a hold, series that go on, and requests whose organizer's own meetings had time to
leave.
"""
