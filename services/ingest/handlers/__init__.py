"""Reads meetings after notifications.

Consumes: outlook.notified. Publishes: meeting.observed.
One rule: a notification only says where to look.
"""
