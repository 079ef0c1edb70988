"""Makes Outlook show what policy decided, and mails people.

Consumes: `intent.issued`, `mail.requested`, `retry.requested`. Publishes: `intent.settled`, `retry.requested`.
Owns: the newest generation it has seen of each intent, and the answers it sent that no calendar has shown yet;
what became of each mail for each of its recipients.

One rule: look before you write. A goal that the calendar already shows needs no call, so a message that is delivered
twice is written once.
"""
