"""Microsoft's language: Graph's calendar API as typed values, without I/O inside.

One rule: vendor shapes stay in here; what leaves are frozen values with our plain names.
"""
