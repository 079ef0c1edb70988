"""The root of every error of a command; `errors` draws the tree, and joins it in closed unions."""


class CommandError(Exception):
    """A command could not be carried out as asked."""
