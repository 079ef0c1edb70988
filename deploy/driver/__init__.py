"""Act on a running system from outside, as people do: for the demo, the tests and the bench.

One rule: it uses only interfaces that are open to the outside: Microsoft Graph, with Outlook's own token; the HTTP API
of Room Reservations; and the control interface of the simulated Microsoft 365, which also issues the tokens. It imports
nothing of `services`, `libs`, `tests` or the rest of `deploy`, and reads no database and no bus.

There is one module for each person who acts, and one for each side that is looked at:

| module | who acts, or what is looked at |
|---|---|
| `outlook_user` | somebody who makes meetings and series of them in Outlook |
| `room_calendar` | a room mailbox, as somebody with rights on its calendar sees and edits it |
| `administrator` | somebody who runs Room Reservations |
| `approver` | somebody who is mailed questions, and decides by the links in them |
| `tenant` | the simulated Microsoft 365: its mailboxes, its mail, its faults |
| `cast` | creates all of these for one test or scene, apart from those of any other |
| `looks` | waits until both sides show what they should |

`recurrences` says how series repeat.

A person who is not here yet gets a module of their own, and the cast creates them.
"""
