"""Parked messages as an operator sees to them, at the command line and in the console: list, replay, drop.

They are on the bus, which is everybody's. One rule: what is done and said about them is written here, once; an edge
adds only how it asks and shows.
"""
