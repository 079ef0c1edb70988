"""The workflows of Roomsync as people live them: played and told by `make demo`, and by one of the system tests.

Who acts in them is `deploy.driver`; here are only the story and its scenes.
"""
