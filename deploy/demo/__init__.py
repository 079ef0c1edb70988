"""The workflows of Roomsync as people live them: played by `make demo`, and by the system tests.

Everything here goes through the doors that people use: Microsoft Graph, as Outlook does, and the API of policy. Nothing
looks into a database or at the bus.
"""
