"""What policy does by itself.

It releases rooms that were kept without an invitation for long enough, and sees to mailboxes whose mapping changed.
"""
