"""What policy does by itself.

It releases rooms that were kept without an invitation for long enough, sees to mailboxes whose mapping changed, and has
meetings looked at whose accept should have replaced a hold.
"""
