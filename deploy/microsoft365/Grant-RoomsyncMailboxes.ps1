#Requires -Version 7.2
#Requires -Modules ExchangeOnlineManagement

<#
.SYNOPSIS
Lets Roomsync reach the calendars of the rooms, and of nobody else, by RBAC for Applications in Exchange Online.

.DESCRIPTION
Makes Exchange know the application, makes a management scope of the room mailboxes, and assigns the roles
"Application Calendars.ReadWrite" and "Application MailboxSettings.Read" within it. With -OrganizerFilter it assigns the
calendars of those people too: Roomsync then moves their meetings back itself where a change was refused, and takes a
rejected room off their meetings.

What exists by then is kept, and a scope whose filter differs gets the new one. Exchange takes 30 minutes to 2 hours
until it uses a change; Test-RoomsyncSetup.ps1 shows it at once. Undo-RoomsyncSetup.ps1 takes everything back.

Run Connect-ExchangeOnline before, as a member of Organization Management.

.PARAMETER ClientId
The application (client) id.

.PARAMETER EnterpriseObjectId
The object id of the ENTERPRISE application (service principal). That of the app registration is another one, with which
Exchange accepts the assignment and grants nothing.

.PARAMETER RoomFilter
Which mailboxes, as a recipient filter. All rooms unless given.

.PARAMETER OrganizerFilter
Whose meetings Roomsync may edit, as a recipient filter. Nobody's unless given.

.EXAMPLE
./Grant-RoomsyncMailboxes.ps1 -ClientId <client id> -EnterpriseObjectId <object id>

.EXAMPLE
./Grant-RoomsyncMailboxes.ps1 -ClientId <client id> -EnterpriseObjectId <object id> `
    -RoomFilter "RecipientTypeDetails -eq 'RoomMailbox' -and CustomAttribute1 -eq 'Roomsync'"

.LINK
https://learn.microsoft.com/exchange/permissions-exo/application-rbac
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [guid] $ClientId,
    [Parameter(Mandatory)] [guid] $EnterpriseObjectId,
    [string] $DisplayName = 'Roomsync',
    [string] $RoomFilter = "RecipientTypeDetails -eq 'RoomMailbox'",
    [string] $OrganizerFilter
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

function Set-RoomsyncScope {
    [CmdletBinding(SupportsShouldProcess)]
    param([string] $Name, [string] $Filter)

    $known = Get-ManagementScope | Where-Object { $_.Name -eq $Name }
    if (-not $known) {
        if ($PSCmdlet.ShouldProcess($Name, "Make the management scope: $Filter")) {
            New-ManagementScope -Name $Name -RecipientRestrictionFilter $Filter | Out-Null
        }
    }
    elseif ("$($known.RecipientFilter)" -ne $Filter) {
        # Exchange writes filters in a way of its own, so the same filter may be set once more; that changes nothing.
        if ($PSCmdlet.ShouldProcess($Name, "Change the management scope to: $Filter")) {
            Set-ManagementScope -Identity $Name -RecipientRestrictionFilter $Filter
        }
    }
}

function Add-RoomsyncRole {
    [CmdletBinding(SupportsShouldProcess)]
    param([string] $Name, [string] $Role, [string] $Scope)

    if (Get-ManagementRoleAssignment | Where-Object { $_.Name -eq $Name }) { return }
    if ($PSCmdlet.ShouldProcess($Scope, "Assign the role $Role")) {
        $wanted = @{ Name = $Name; App = "$EnterpriseObjectId"; Role = $Role; CustomResourceScope = $Scope }
        New-ManagementRoleAssignment @wanted | Out-Null
    }
}

# What is there is looked for in the whole list: asked for a name that it does not know, Exchange may return everything.
# https://learn.microsoft.com/powershell/module/exchangepowershell/get-serviceprincipal
if (-not (Get-ServicePrincipal | Where-Object { $_.ObjectId -eq "$EnterpriseObjectId" })) {
    if ($PSCmdlet.ShouldProcess($DisplayName, 'Make Exchange know the application')) {
        New-ServicePrincipal -AppId "$ClientId" -ObjectId "$EnterpriseObjectId" -DisplayName $DisplayName | Out-Null
    }
}

Set-RoomsyncScope -Name "$DisplayName rooms" -Filter $RoomFilter
Add-RoomsyncRole -Name "$DisplayName room calendars" -Role 'Application Calendars.ReadWrite' -Scope "$DisplayName rooms"
Add-RoomsyncRole -Name "$DisplayName room settings" -Role 'Application MailboxSettings.Read' -Scope "$DisplayName rooms"

if ($OrganizerFilter) {
    Set-RoomsyncScope -Name "$DisplayName organizers" -Filter $OrganizerFilter
    Add-RoomsyncRole -Name "$DisplayName organizer calendars" -Role 'Application Calendars.ReadWrite' `
        -Scope "$DisplayName organizers"
}

Write-Output 'Done. Exchange takes 30 minutes to 2 hours until it uses this; Test-RoomsyncSetup.ps1 tells at once.'
