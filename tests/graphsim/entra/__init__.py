"""What Entra ID does: it gives applications tokens, once they have proved who they are, and signs people in to them.

Holds the tenant's keys, the registered applications with their credentials, what each is granted, and who may sign in.

Knows no other room: mailboxes are addresses here.

Its one rule: only what is granted here is granted, and it counts as it stands at the time of a call.
"""
