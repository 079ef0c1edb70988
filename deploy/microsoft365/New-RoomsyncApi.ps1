#Requires -Version 7.2
#Requires -Modules Microsoft.Graph.Authentication, Microsoft.Graph.Applications

<#
.SYNOPSIS
Registers Roomsync's own API in your Microsoft Entra tenant, so that Entra issues tokens for it.

.DESCRIPTION
Makes an application with the roles viewer, approver, admin and service. Only people and services that are assigned a
role get a token: assign them in the Entra admin center, Enterprise applications, <name>, Users and groups.

With -ConsoleUrl people can sign in to the console as well: its two addresses are registered, beside those that are
there. Add a certificate or a client secret to the application, by which the console proves that it is Roomsync.

What exists by then is kept. It prints the settings of the policy service. Undo-RoomsyncSetup.ps1 takes it back.

Sign in as an Application Administrator or Cloud Application Administrator.

.PARAMETER ConsoleUrl
The origin under which browsers reach the console, without a path.

.EXAMPLE
./New-RoomsyncApi.ps1 -TenantId contoso.onmicrosoft.com -ConsoleUrl https://rooms.contoso.com

.LINK
https://learn.microsoft.com/entra/identity-platform/howto-add-app-roles-in-apps
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [string] $TenantId,
    [string] $DisplayName = 'Roomsync API',
    [ValidatePattern('^https://[^/]+$')] [string] $ConsoleUrl
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$meanings = [ordered]@{
    viewer   = 'See spaces, reservations and rules'
    approver = 'See, and decide what waits for approval'
    admin    = 'Do everything'
    service  = 'Book and change as another internal service'
}

Connect-MgGraph -TenantId $TenantId -NoWelcome -Scopes 'Application.ReadWrite.All'

$found = @(Get-MgApplication -Filter "displayName eq '$($DisplayName.Replace("'", "''"))'")
if ($found.Count -gt 1) {
    throw "There are $($found.Count) applications called '$DisplayName'. Name another with -DisplayName."
}
$application = $found | Select-Object -First 1
if (-not $application) {
    if (-not $PSCmdlet.ShouldProcess($TenantId, "Register the application '$DisplayName'")) { return }
    $roles = @($meanings.GetEnumerator() | ForEach-Object {
            @{
                Id                 = [guid]::NewGuid()
                Value              = $_.Key
                DisplayName        = $_.Key
                Description        = $_.Value
                AllowedMemberTypes = @('User', 'Application')
                IsEnabled          = $true
            }
        })
    $api = @{ RequestedAccessTokenVersion = 2 }
    $application = New-MgApplication -DisplayName $DisplayName -SignInAudience 'AzureADMyOrg' -AppRoles $roles -Api $api
}

# An application id URI may name the application itself; other names need a verified domain.
# https://learn.microsoft.com/entra/identity-platform/identifier-uri-restrictions
$uri = "api://$($application.AppId)"
if ($application.IdentifierUris -notcontains $uri -and $PSCmdlet.ShouldProcess($DisplayName, "Name it $uri")) {
    Update-MgApplication -ApplicationId $application.Id -IdentifierUris (@($application.IdentifierUris) + $uri)
}

$principal = Get-MgServicePrincipal -Filter "appId eq '$($application.AppId)'"
if (-not $principal -and $PSCmdlet.ShouldProcess($DisplayName, 'Make its enterprise application')) {
    New-MgServicePrincipal -AppId $application.AppId -AppRoleAssignmentRequired:$true | Out-Null
}

# Where people are sent back to after signing in, and after signing out.
# https://learn.microsoft.com/entra/identity-platform/reply-url
if ($ConsoleUrl) {
    $known = @($application.Web.RedirectUris | Where-Object { $_ })
    $missing = @("$ConsoleUrl/console/sign-in/callback", "$ConsoleUrl/console/signed-out" | Where-Object { $known -notcontains $_ })
    if ($missing -and $PSCmdlet.ShouldProcess($DisplayName, "Let people sign in at $ConsoleUrl/console/")) {
        Update-MgApplication -ApplicationId $application.Id -Web @{ RedirectUris = $known + $missing }
    }
}

$tenant = (Get-MgContext).TenantId
$settings = [ordered]@{
    ROOMSYNC_API_AUDIENCE = "$uri,$($application.AppId)"
    ROOMSYNC_API_ISSUER   = "https://login.microsoftonline.com/$tenant/v2.0"
    ROOMSYNC_API_JWKS_URL = "https://login.microsoftonline.com/$tenant/discovery/v2.0/keys"
}
if ($ConsoleUrl) {
    $settings.ROOMSYNC_CONSOLE_URL = $ConsoleUrl
    $settings.ROOMSYNC_CONSOLE_CLIENT_ID = $application.AppId
    $settings.ROOMSYNC_CONSOLE_AUTHORITY = "https://login.microsoftonline.com/$tenant"
}
[pscustomobject]$settings | Format-List
