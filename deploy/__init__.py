"""How Roomsync is run: container image, and the local stack that `make up`, `make demo` and the tests start.

Its one rule: what is started here is what production starts, with the same commands and the same settings.
"""
