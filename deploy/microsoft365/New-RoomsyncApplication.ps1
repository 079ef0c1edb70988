#Requires -Version 7.2
#Requires -Modules Microsoft.Graph.Authentication, Microsoft.Graph.Applications

<#
.SYNOPSIS
Registers the application as which Roomsync reaches Outlook, in your Microsoft Entra tenant.

.DESCRIPTION
Makes the application and its enterprise application, grants it the permission Place.Read.All, and gives it a way to
prove that it is Roomsync: a certificate, the token of a Kubernetes service account, or a client secret.

It gets no permission on calendars here. A permission that Entra grants covers every mailbox of the tenant;
Grant-RoomsyncMailboxes.ps1 grants the calendars of the rooms, and of nobody else.

What exists by then is kept, so that the script may be run again, for example to add a second certificate. It prints the
ids that the next steps ask for. Undo-RoomsyncSetup.ps1 takes everything back.

Sign in as an Application Administrator or Cloud Application Administrator; granting Place.Read.All needs a
Privileged Role Administrator.

.PARAMETER CertificateFile
The certificate as PEM, without its private key, which stays with Roomsync.

.PARAMETER FederatedIssuer
The issuer of the tokens of your Kubernetes cluster, with -FederatedSubject. Roomsync then needs no secret at all.

.PARAMETER FederatedSubject
The service account: system:serviceaccount:<namespace>:<name>.

.PARAMETER SecretFile
The file to write a new client secret to. It is never shown, and an existing file is not overwritten.

.PARAMETER SecretDays
How long the client secret is valid.

.EXAMPLE
./New-RoomsyncApplication.ps1 -TenantId contoso.onmicrosoft.com -CertificateFile ./roomsync.crt

.LINK
https://learn.microsoft.com/powershell/microsoftgraph/app-only
#>
[CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Certificate')]
param(
    [Parameter(Mandatory)] [string] $TenantId,
    [string] $DisplayName = 'Roomsync',
    [Parameter(Mandatory, ParameterSetName = 'Certificate')] [string] $CertificateFile,
    [Parameter(Mandatory, ParameterSetName = 'Federated')] [uri] $FederatedIssuer,
    [Parameter(Mandatory, ParameterSetName = 'Federated')] [string] $FederatedSubject,
    [Parameter(Mandatory, ParameterSetName = 'Secret')] [string] $SecretFile,
    [Parameter(ParameterSetName = 'Secret')] [ValidateRange(1, 730)] [int] $SecretDays = 365
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# The application id of Microsoft Graph is the same in every tenant.
$graphAppId = '00000003-0000-0000-c000-000000000000'
$neededRoles = @('Place.Read.All')

function Add-RoomsyncCertificate {
    [CmdletBinding(SupportsShouldProcess)]
    param([string] $ApplicationId, [string] $Path)

    $pem = Get-Content -LiteralPath $Path -Raw
    $certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::CreateFromPem($pem)
    # Updating replaces the list, so those that are there go along; their keys are returned only if asked for by name.
    $application = Get-MgApplication -ApplicationId $ApplicationId -Property 'id,keyCredentials'
    $known = @($application.KeyCredentials | Where-Object { $_ })
    $key = [System.Convert]::ToBase64String($certificate.RawData)
    if ($known | Where-Object { $_.Key -and [System.Convert]::ToBase64String($_.Key) -eq $key }) {
        Write-Verbose "The certificate $($certificate.Thumbprint) is registered already."
        return
    }
    $new = @{
        Type        = 'AsymmetricX509Cert'
        Usage       = 'Verify'
        Key         = $certificate.RawData
        DisplayName = "Roomsync, until $($certificate.NotAfter.ToString('yyyy-MM-dd'))"
    }
    if ($PSCmdlet.ShouldProcess($DisplayName, "Add the certificate $($certificate.Thumbprint)")) {
        Update-MgApplication -ApplicationId $ApplicationId -KeyCredentials ($known + $new)
    }
}

function Add-RoomsyncFederation {
    [CmdletBinding(SupportsShouldProcess)]
    param([string] $ApplicationId, [uri] $Issuer, [string] $Subject)

    $known = @(Get-MgApplicationFederatedIdentityCredential -ApplicationId $ApplicationId -All)
    if ($known | Where-Object { $_.Issuer -eq "$Issuer" -and $_.Subject -eq $Subject }) {
        Write-Verbose "$Subject is trusted already."
        return
    }
    $new = @{
        Name      = 'roomsync-' + [guid]::NewGuid().ToString('N').Substring(0, 8)
        Issuer    = "$Issuer"
        Subject   = $Subject
        Audiences = @('api://AzureADTokenExchange')
    }
    if ($PSCmdlet.ShouldProcess($DisplayName, "Trust the tokens of $Subject")) {
        New-MgApplicationFederatedIdentityCredential -ApplicationId $ApplicationId -BodyParameter $new | Out-Null
    }
}

function Add-RoomsyncSecret {
    [CmdletBinding(SupportsShouldProcess)]
    param([string] $ApplicationId, [string] $Path, [int] $Days)

    if (Test-Path -LiteralPath $Path) {
        throw "$Path exists; name a new file, so that no secret that is in use is overwritten."
    }
    if (-not $PSCmdlet.ShouldProcess($DisplayName, "Add a client secret, written to $Path")) { return }
    # Make the file first: a secret that cannot be stored would be lost.
    New-Item -ItemType File -Path $Path | Out-Null
    if (-not $IsWindows) { & chmod 600 $Path }
    $until = (Get-Date).ToUniversalTime().AddDays($Days)
    $wanted = @{ DisplayName = "Roomsync, until $($until.ToString('yyyy-MM-dd'))"; EndDateTime = $until }
    $made = Add-MgApplicationPassword -ApplicationId $ApplicationId -PasswordCredential $wanted
    Set-Content -LiteralPath $Path -Value $made.SecretText -NoNewline
    Write-Output "The secret is in $Path and is valid until $($until.ToString('yyyy-MM-dd'))."
}

Connect-MgGraph -TenantId $TenantId -NoWelcome -Scopes 'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All'

$graph = Get-MgServicePrincipal -Filter "appId eq '$graphAppId'"
$roles = @($graph.AppRoles | Where-Object { $_.AllowedMemberTypes -contains 'Application' })
$roles = @($roles | Where-Object { $_.Value -in $neededRoles })

$found = @(Get-MgApplication -Filter "displayName eq '$($DisplayName.Replace("'", "''"))'")
if ($found.Count -gt 1) {
    throw "There are $($found.Count) applications called '$DisplayName'. Name another with -DisplayName."
}
$application = $found | Select-Object -First 1
if (-not $application) {
    if (-not $PSCmdlet.ShouldProcess($TenantId, "Register the application '$DisplayName'")) { return }
    $access = @{
        ResourceAppId  = $graphAppId
        ResourceAccess = @($roles | ForEach-Object { @{ Id = $_.Id; Type = 'Role' } })
    }
    $wanted = @{ DisplayName = $DisplayName; SignInAudience = 'AzureADMyOrg'; RequiredResourceAccess = $access }
    $application = New-MgApplication @wanted
}

$principal = Get-MgServicePrincipal -Filter "appId eq '$($application.AppId)'"
if (-not $principal) {
    if (-not $PSCmdlet.ShouldProcess($DisplayName, 'Make its enterprise application')) { return }
    $principal = New-MgServicePrincipal -AppId $application.AppId
}

$granted = @(Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id -All)
$granted = @($granted | ForEach-Object AppRoleId)
foreach ($role in $roles) {
    if ($granted -contains $role.Id) { continue }
    if ($PSCmdlet.ShouldProcess($DisplayName, "Grant $($role.Value)")) {
        $grant = @{ PrincipalId = $principal.Id; ResourceId = $graph.Id; AppRoleId = $role.Id }
        New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id -BodyParameter $grant | Out-Null
    }
}

switch ($PSCmdlet.ParameterSetName) {
    'Certificate' { Add-RoomsyncCertificate -ApplicationId $application.Id -Path $CertificateFile }
    'Federated' {
        Add-RoomsyncFederation -ApplicationId $application.Id -Issuer $FederatedIssuer -Subject $FederatedSubject
    }
    'Secret' { Add-RoomsyncSecret -ApplicationId $application.Id -Path $SecretFile -Days $SecretDays }
}

[pscustomobject]@{
    TenantId           = (Get-MgContext).TenantId
    ClientId           = $application.AppId
    EnterpriseObjectId = $principal.Id
}
