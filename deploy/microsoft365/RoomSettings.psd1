# How a room mailbox is set so that Roomsync answers for it, and nobody else.
#
# AutomateProcessing and AddNewRequestsTentatively matter: new requests are put on the calendar, tentative, and nobody
# answers them. The others matter should somebody turn automatic answers on again: less is lost then.
# https://learn.microsoft.com/powershell/module/exchangepowershell/set-calendarprocessing
@{
    AutomateProcessing             = 'AutoUpdate'
    AddNewRequestsTentatively      = $true
    AllowConflicts                 = $true
    AllowRecurringMeetings         = $true
    EnforceSchedulingHorizon       = $false
    BookingWindowInDays            = 1080
    MaximumDurationInMinutes       = 0
    ScheduleOnlyDuringWorkHours    = $false
    DeleteSubject                  = $false
    AddOrganizerToSubject          = $false
    DeleteComments                 = $false
    RemovePrivateProperty          = $false
    ProcessExternalMeetingMessages = $false
    RemoveCanceledMeetings         = $false
    RemoveOldMeetingMessages       = $true
}
