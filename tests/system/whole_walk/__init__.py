"""A walk of chance through the whole system: everybody who may act on one room does, also at the same moment.

Organizers act as in `series_walk`, with single meetings besides. Administrators reserve, change and cancel by the API,
set rules and decide questions. Somebody with rights on the room's calendar meddles with what we block there.

The walk is a judge from outside, as the one of organizers alone is, and knows no code of the services.

| module | what it knows |
|---|---|
| `meetings` | what somebody can do to single meetings in Outlook |
| `office` | what administrators can do to whatever is booked, and to questions |
| `rules` | which rules can be set and removed, and what breaks them |
| `meddler` | what somebody can do to our holds on the room's calendar |
| `people` | all of them by name, and deeds as data |
| `reading` | how to read, at one time, what each side has of everything |
| `agreement` | what has to be true of both sides once they are quiet |
| `justice` | which refusals have a reason |
| `deeds` | which deeds are drawn, and with what |
| `story` | what happens to one room: deeds, alone or at the same moment, and looks that judge what came of them |
| `machine` | the steps that hypothesis chooses among |
"""
