"""Mail to people, by SMTP: addresses, messages, and the conversation with a mail server.

One rule: whatever somebody wrote, a subject, a name or an address, cannot become a header or a command of its own.
"""
