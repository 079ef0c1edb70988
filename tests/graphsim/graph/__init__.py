"""What Microsoft Graph shows of Exchange over HTTP: paths, bodies, query options, preferences, limits.

Turns a request into a call on Exchange, and what comes of it into the answer that Graph's metadata describes.

May know exchange and entra; it does not know who is notified of what.

Its one rule: nothing is decided about a meeting here; handlers read, call Exchange, and render.
"""
