"""What organizers read, as templates: the variables of each kind of answer, its default, and one place that renders.

One rule: a template is somebody else's text. It is checked before it is used, rendering it always ends, and if it
cannot be used the default is said instead.
"""
