#Requires -Version 7.2
#Requires -Modules ExchangeOnlineManagement

<#
.SYNOPSIS
Sets room mailboxes so that Roomsync answers for them, after saving how they were set before.

.DESCRIPTION
Applies RoomSettings.psd1 to each room by Set-CalendarProcessing, and a time zone if one is given. How each room was set
before is saved in -BackupFile, once: a room that is in the file keeps its first entry, so that the script may be run
again. Undo-RoomsyncSetup.ps1 puts back what is in the file.

A room that answers by itself until now does so until it is set: map its space first, or right afterwards. While
Roomsync does not run, invitations to these rooms stay tentative and unanswered.

Run Connect-ExchangeOnline before, as a Recipient Administrator or Exchange Administrator.

.PARAMETER Room
The addresses of the rooms. All room mailboxes unless given.

.PARAMETER TimeZone
The Windows name of the rooms' time zone, such as 'W. Europe Standard Time'. Not changed unless given.

.EXAMPLE
./Set-RoomsyncRooms.ps1 -BackupFile ./rooms-before.json -WhatIf

.EXAMPLE
./Set-RoomsyncRooms.ps1 -BackupFile ./rooms-before.json -Room aurora@contoso.com -TimeZone 'W. Europe Standard Time'
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [string] $BackupFile,
    [string[]] $Room,
    [string] $TimeZone
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$settings = Import-PowerShellDataFile -LiteralPath (Join-Path $PSScriptRoot 'RoomSettings.psd1')
$before = @{}
if (Test-Path -LiteralPath $BackupFile) {
    $before = Get-Content -LiteralPath $BackupFile -Raw | ConvertFrom-Json -AsHashtable
}
if (-not $Room) {
    $mailboxes = @(Get-EXOMailbox -RecipientTypeDetails RoomMailbox -ResultSize Unlimited)
    $Room = @($mailboxes | ForEach-Object PrimarySmtpAddress)
    if (-not $Room) { throw 'The tenant has no room mailboxes.' }
}

$failed = @()
$number = 0
foreach ($address in $Room) {
    $number++
    Write-Progress -Activity 'Setting rooms' -Status $address -PercentComplete (100 * $number / $Room.Count)
    try {
        $current = Get-CalendarProcessing -Identity $address
        if (-not $before.ContainsKey($address)) {
            $kept = @{}
            foreach ($name in $settings.Keys) {
                # Enumerations as words: numbers would depend on the version of the module.
                $value = $current.$name
                $kept[$name] = if ($value -is [enum]) { "$value" } else { $value }
            }
            $kept['TimeZone'] = "$((Get-MailboxRegionalConfiguration -Identity $address).TimeZone)"
            $before[$address] = $kept
        }
        if ($PSCmdlet.ShouldProcess($address, 'Let Roomsync answer for it')) {
            # Saved before the room is changed, so that whatever happens it can be put back.
            $before | ConvertTo-Json -Depth 4 | Set-Content -LiteralPath "$BackupFile.new"
            Move-Item -LiteralPath "$BackupFile.new" -Destination $BackupFile -Force
            Set-CalendarProcessing -Identity $address @settings
            if ($TimeZone) { Set-MailboxRegionalConfiguration -Identity $address -TimeZone $TimeZone }
        }
    }
    catch {
        $failed += [pscustomobject]@{ Room = $address; Why = $_.Exception.Message }
    }
}
Write-Progress -Activity 'Setting rooms' -Completed

Write-Output "$($Room.Count - $failed.Count) of $($Room.Count) rooms are set."
if ($failed) {
    $failed | Format-Table -AutoSize -Wrap
    exit 1
}
