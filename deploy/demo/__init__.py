"""The workflows of Roomsync as people experience them: `make demo` and one of the system tests play them.

`deploy.driver` acts for the people; this package has only the story and its scenes.
"""
