"""What Entra ID does for applications without a user: it registers them, proves them, and gives them tokens.

Holds the tenant's keys, the applications with their credentials, and what each is granted.

Knows nobody: it says which mailboxes a grant covers by their addresses, and leaves it to Graph to ask.

Its one rule: what is granted is granted here, and counts as it stands at the time of a call.
"""
