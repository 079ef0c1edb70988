"""The doctor: looks at a whole installation and tells what is wrong, in the words of `services.findings`.

It is no service: it runs when somebody asks, keeps nothing, and changes nothing anywhere. `checks` has one module per
subject; `examine` runs them side by side, each within its time; `report` says what came of it.

One rule: what cannot be looked at is told as that, and never taken for well.
"""
