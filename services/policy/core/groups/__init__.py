"""Reservation groups made by the back office: what they ask for, date by date, and what becomes of that.

`request` says what is asked for, `plan` which dates that are, `decide` books them, `cancel`, `change` and `roll` follow
what happens to them, and `hold` says how Outlook shows all of it. Series that were made in Outlook are in
`core/recurring`, which judges the dates of both.
"""
