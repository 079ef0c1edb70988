"""Run Roomsync: the container image, the local stack of `make up`, `make demo` and the tests, and the driver.

One rule: the processes started here are those of production, with the same commands and the same settings.
"""
