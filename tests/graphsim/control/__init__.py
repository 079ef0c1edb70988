"""What tests do to the simulator, under /sim: make its world, watch it and spoil it.

Reads what tests want into the settings of the other rooms, injects faults, logs every call, and shows what Graph hides.

May know every room; none knows it.

Its one rule: a wish that is not understood is a 400 that changes nothing.
"""
