"""What Entra ID does for applications without a user: it gives them tokens, once they have proved who they are.

Holds the tenant's keys, the registered applications with their credentials, and what each is granted.

Knows no other room: mailboxes are addresses here.

Its one rule: only what is granted here is granted, and it counts as it stands at the time of a call.
"""
