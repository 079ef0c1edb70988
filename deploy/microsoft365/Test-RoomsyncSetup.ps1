#Requires -Version 7.2
#Requires -Modules ExchangeOnlineManagement

<#
.SYNOPSIS
Tells whether Exchange Online is set up for Roomsync. It changes nothing.

.DESCRIPTION
Checks for each room that the application may use its calendar and read its settings, and that the room leaves the
answers to Roomsync; for mailboxes of people that the application may NOT use them; that no application access policy of
the old kind stands in the way; and, after Connect-MgGraph, that Entra grants no calendars beside Exchange.

Each line is one check. The exit code is 0 if all hold, 1 if not.

What the application may do is asked of Test-ServicePrincipalAuthorization, which knows changes at once. Exchange itself
uses them after 30 minutes to 2 hours, and `roomsync doctor` sees what Exchange uses.

.PARAMETER OtherMailbox
Mailboxes of people, which have to be out of reach. Leave those out whose meetings Roomsync may edit.

.EXAMPLE
./Test-RoomsyncSetup.ps1 -ClientId <client id> -Room aurora@contoso.com -OtherMailbox ada@contoso.com
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [guid] $ClientId,
    [string[]] $Room,
    [string[]] $OtherMailbox = @()
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$settings = Import-PowerShellDataFile -LiteralPath (Join-Path $PSScriptRoot 'RoomSettings.psd1')
$needed = @('Application Calendars.ReadWrite', 'Application MailboxSettings.Read')

function New-RoomsyncCheck {
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param([string] $Subject, [string] $Check, [bool] $Holds, [string] $Remedy)

    $told = if ($Holds) { '' } else { $Remedy }
    [pscustomobject]@{ Subject = $Subject; Check = $Check; Holds = $Holds; Remedy = $told }
}

function Test-RoomsyncReach {
    param([string] $Address)

    $found = @(Test-ServicePrincipalAuthorization -Identity "$ClientId" -Resource $Address)
    # A word, True, False or Not Run, of which each would count as true.
    @($found | Where-Object { "$($_.InScope)" -eq 'True' } | ForEach-Object { $_.RoleName })
}

if (-not $Room) {
    $mailboxes = @(Get-EXOMailbox -RecipientTypeDetails RoomMailbox -ResultSize Unlimited)
    $Room = @($mailboxes | ForEach-Object PrimarySmtpAddress)
    if (-not $Room) { throw 'The tenant has no room mailboxes.' }
}

$checks = @(
    foreach ($address in $Room) {
        $roles = @(Test-RoomsyncReach -Address $address)
        foreach ($role in $needed) {
            New-RoomsyncCheck $address "has the role $role" ($roles -contains $role) 'Run Grant-RoomsyncMailboxes.ps1'
        }
        $current = Get-CalendarProcessing -Identity $address
        foreach ($name in $settings.Keys) {
            $holds = "$($current.$name)" -eq "$($settings[$name])"
            New-RoomsyncCheck $address "$name is $($settings[$name])" $holds 'Run Set-RoomsyncRooms.ps1'
        }
        $delegates = @($current.ResourceDelegates | Where-Object { $_ })
        New-RoomsyncCheck $address 'has no delegates' ($delegates.Count -eq 0) `
            'Set-CalendarProcessing -ResourceDelegates $null: delegates answer beside Roomsync'
    }
    foreach ($address in $OtherMailbox) {
        $roles = @(Test-RoomsyncReach -Address $address)
        New-RoomsyncCheck $address 'is out of reach' ($roles.Count -eq 0) 'Narrow the filter of the management scope'
    }
    $policies = @(Get-ApplicationAccessPolicy | Where-Object { $_.AppId -eq "$ClientId" })
    New-RoomsyncCheck 'the tenant' 'has no application access policy for it' ($policies.Count -eq 0) `
        'Remove-ApplicationAccessPolicy, once the roles above hold'
    if ((Get-Command Get-MgContext -ErrorAction SilentlyContinue) -and (Get-MgContext)) {
        $principal = Get-MgServicePrincipal -Filter "appId eq '$ClientId'"
        $graph = Get-MgServicePrincipal -Filter "appId eq '00000003-0000-0000-c000-000000000000'"
        $granted = @(Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id -All)
        $granted = @($granted | ForEach-Object AppRoleId)
        $wide = @($graph.AppRoles | Where-Object { $_.Id -in $granted } | ForEach-Object Value)
        $wide = @($wide | Where-Object { $_ -match '^(Calendars|Mail)' })
        New-RoomsyncCheck 'the tenant' 'grants no calendars in Entra' ($wide.Count -eq 0) `
            "Remove the grant of $($wide -join ', '): it covers every mailbox"
    }
)

$checks | Format-Table -AutoSize -Wrap
$failing = @($checks | Where-Object { -not $_.Holds })
Write-Output "$($checks.Count - $failing.Count) of $($checks.Count) checks hold."
exit [int]($failing.Count -gt 0)
