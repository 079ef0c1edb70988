"""Microsoft Graph's calendar API as typed values.

`transport` speaks HTTP, `login` asks for tokens by MSAL, `credentials` reads files; nothing else here does I/O. One
rule: vendor shapes stay in this package; its callers get frozen values with our plain names.
"""
