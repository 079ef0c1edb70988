"""The command line's output, without a system."""
