"""Which space is which room: proposals for mapping spaces to the rooms that Microsoft 365 knows.

`naming` compares names, `propose` pairs spaces with rooms, `renamed` finds mapped mailboxes again. One rule: a proposal
is for a person, who may take it; nothing is mapped by itself.
"""
