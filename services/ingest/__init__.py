"""Turns Microsoft Graph notifications into observations of room calendars."""
