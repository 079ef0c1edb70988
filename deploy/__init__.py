"""How Roomsync is run: the container image, the local stack of `make up`, `make demo` and the tests, and its driver.

Its one rule: what is started here is what production starts, with the same commands and the same settings.
"""
