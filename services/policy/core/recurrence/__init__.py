"""Recurrences of groups made by the back office: which dates they have, and when those are.

A recurrence is one or more rules without the dates excluded from them. It is read from Graph's pattern and range
(`graph`) or from RFC 5545's text (`rfc5545`), kept as text (`stored`), made into windows (`expand`), parted where a
series goes on otherwise (`part`) and moved by days (`shift`). Series that were made in Outlook are not expanded here:
Graph says what their dates are (`core/recurring`).

Its one rule: whoever reads a recurrence gets one that has its first date, or `InvalidRecurrence` with a full sentence.
"""
