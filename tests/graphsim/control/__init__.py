"""What tests do to the simulator, under /sim: make its world, watch it and spoil it.

Reads what tests say into the settings of the other rooms, spoils calls by rules, logs every call on Graph, and shows
what Graph hides.

May know every room; none knows it.

Its one rule: what is not understood is a 400 and changes nothing.
"""
