"""Microsoft Graph's calendar API as typed values; only `client` and `auth` do I/O.

One rule: vendor shapes stay in this package; its callers get frozen values with our plain names.
"""
