#Requires -Version 7.2
#Requires -Modules ExchangeOnlineManagement

<#
.SYNOPSIS
Takes back what the other scripts did: room settings, access to mailboxes, and, if asked to, the applications.

.DESCRIPTION
Un-map the spaces in Roomsync before, so that it takes its holds out of the calendars while it still may.

Rooms are set as -BackupFile says, which Set-RoomsyncRooms.ps1 wrote. Then the roles, the scopes and the application's
entry in Exchange are removed. -RemoveApplication removes the applications from Entra too, after Connect-MgGraph -Scopes
Application.ReadWrite.All; Entra keeps them for 30 days, in which they can be restored.

It asks before each step unless -Confirm:$false is given, and may be run again.

.EXAMPLE
./Undo-RoomsyncSetup.ps1 -EnterpriseObjectId <object id> -BackupFile ./rooms-before.json -WhatIf
#>
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
param(
    [Parameter(Mandatory)] [guid] $EnterpriseObjectId,
    [string] $BackupFile,
    [string] $DisplayName = 'Roomsync',
    [switch] $RemoveApplication
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

if ($BackupFile) {
    $before = Get-Content -LiteralPath $BackupFile -Raw | ConvertFrom-Json -AsHashtable
    foreach ($address in $before.Keys) {
        if (-not $PSCmdlet.ShouldProcess($address, 'Set it as it was before')) { continue }
        $settings = $before[$address].Clone()
        $zone = $settings['TimeZone']
        $settings.Remove('TimeZone')
        Set-CalendarProcessing -Identity $address @settings
        if ($zone) { Set-MailboxRegionalConfiguration -Identity $address -TimeZone $zone }
    }
}

foreach ($name in 'room calendars', 'room settings', 'organizer calendars') {
    $assignment = "$DisplayName $name"
    if (-not (Get-ManagementRoleAssignment | Where-Object { $_.Name -eq $assignment })) { continue }
    if ($PSCmdlet.ShouldProcess($assignment, 'Remove the role')) {
        Remove-ManagementRoleAssignment -Identity $assignment -Confirm:$false
    }
}
foreach ($scope in "$DisplayName rooms", "$DisplayName organizers") {
    if (-not (Get-ManagementScope | Where-Object { $_.Name -eq $scope })) { continue }
    if ($PSCmdlet.ShouldProcess($scope, 'Remove the management scope')) {
        Remove-ManagementScope -Identity $scope -Confirm:$false
    }
}
if (Get-ServicePrincipal | Where-Object { $_.ObjectId -eq "$EnterpriseObjectId" }) {
    if ($PSCmdlet.ShouldProcess($DisplayName, 'Make Exchange forget the application')) {
        Remove-ServicePrincipal -Identity "$EnterpriseObjectId" -Confirm:$false
    }
}

if ($RemoveApplication) {
    foreach ($name in $DisplayName, "$DisplayName API") {
        foreach ($application in @(Get-MgApplication -Filter "displayName eq '$($name.Replace("'", "''"))'")) {
            if ($PSCmdlet.ShouldProcess("$name ($($application.AppId))", 'Remove it from Entra')) {
                Remove-MgApplication -ApplicationId $application.Id
            }
        }
    }
}
