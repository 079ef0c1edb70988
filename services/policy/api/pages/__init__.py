"""The pages behind signed links, for people who act without signing in.

**Consumes** links of mails and answers (`core/links.py`). **Publishes** what the commands return. **Owns** nothing.

One rule: opening a page changes nothing, because mail scanners follow links; only its buttons act.
"""
