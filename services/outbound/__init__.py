"""Makes Outlook show what was decided.

Consumes: `intent.issued`. Publishes: `intent.settled`. Owns: the newest generation it has seen of each intent, and the
answers it sent that no calendar has shown yet.

One rule: look before you write. A goal that is already met is left alone, so doing a message twice does nothing twice.
"""
