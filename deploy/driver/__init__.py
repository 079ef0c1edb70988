"""Acts on a running system from outside, as people do: for the demo, the tests and the bench.

Its one rule: everything goes through a door that somebody outside has. Those are Microsoft Graph, with Outlook's own
token; the HTTP API of Room Reservations; and the control surface of the simulated Microsoft 365, which is also where
tokens come from. It imports nothing of `services`, `libs`, `tests` or the rest of `deploy`, and looks into no database
and at no bus.

There is one module for each person, and one for each side that is looked at:

| module | who acts, or what is looked at |
|---|---|
| `outlook_user` | somebody who makes meetings in Outlook |
| `room_calendar` | a room mailbox, as somebody with rights on its calendar sees it |
| `administrator` | somebody who runs Room Reservations |
| `tenant` | the simulated Microsoft 365: its mailboxes, its mail, its bad days |
| `cast` | makes all of these for one test or scene, so that two never meet |
| `looks` | what both sides are to show in the end, each waited for |

Who is not here yet (an approver, say) gets a module, and is made by the cast.
"""
