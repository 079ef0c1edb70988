"""A walk of chance: an organizer does anything legal to two series of one room, and both sides must agree afterwards.

The walk is a judge from outside: it acts as people do in Outlook, looks at Outlook through Graph and at the ledger
through its API, and knows no code of the services.

| module | what it knows |
|---|---|
| `patterns` | when series are, and how they repeat |
| `organizer` | what somebody can do to series, as ordinary calls |
| `sides` | how to read, at one time, what each side has for every date |
| `agreement` | what has to be true of two sides that are quiet |
| `fairness` | what one change may lead to: no refusal without a reason, no two answers that contradict each other |
| `quiet` | how to wait until nothing is under way any more |
| `story` | what happens to one room: deeds, and looks that judge what came of them |
| `walk` | all machines of one test, and how long there is for them |
| `machine` | the steps that hypothesis chooses among |
"""
