# What only a real Windows can show about Muster, as one row for each thing: PASS, FAIL or ASK (a person has to look).
# Changes nothing. As an administrator:
#   powershell -ExecutionPolicy Bypass -File checklist.ps1 > checklist.txt
# and send checklist.txt. It holds the names of this computer, its certificates, and its beacons; no keys and no passwords.
# Written for Windows PowerShell 5.1. SPDX-License-Identifier: Apache-2.0

param([string]$Program = (Join-Path $PSScriptRoot 'muster.exe'))

$ErrorActionPreference = 'Stop'
$Data = Join-Path $env:ProgramData 'ManageSoft Corp\ManageSoft'

function Row([string]$Name, [string]$Result, [string]$Detail) {
    '{0,-5} {1}: {2}' -f $Result, $Name, (($Detail -replace '\s+', ' ').Trim())
}

# The check gives back what it saw, or throws what is wrong.
function Check([string]$Name, [scriptblock]$Body) {
    try {
        Row $Name 'PASS' (& $Body | Out-String)
    } catch {
        Row $Name 'FAIL' $_.Exception.Message
    }
}

function Ask([string]$Name, [string]$What) { Row $Name 'ASK' $What }

function Assert($Condition, [string]$Message) {
    if (-not $Condition) { throw $Message }
}

# Output and exit code of the program; 2>&1 would make each line of stderr an error of PowerShell.
function Invoke-Muster([string[]]$Words) {
    $ErrorActionPreference = 'Continue'
    $text = (& $Program @Words 2>&1 | ForEach-Object { "$_" }) -join "`n"
    return New-Object PSObject -Property @{ Text = $text; Code = $LASTEXITCODE }
}

function Get-ServiceFacts { Get-CimInstance Win32_Service -Filter "Name='muster'" }

'Muster checklist, ' + (Get-Date -Format 'yyyy-MM-dd HH:mm:ss K')
'{0}, {1}, PowerShell {2}' -f $env:COMPUTERNAME, [Environment]::OSVersion.VersionString, $PSVersionTable.PSVersion
''

Check 'administrator' {
    $me = New-Object Security.Principal.WindowsPrincipal ([Security.Principal.WindowsIdentity]::GetCurrent())
    Assert $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator) 'start PowerShell as an administrator'
    'yes'
}

Check 'program' {
    Assert (Test-Path -LiteralPath $Program) "there is no $Program"
    $signature = (Get-AuthenticodeSignature -LiteralPath $Program).Status
    "$((Invoke-Muster @('--version')).Text), signature: $signature"
}

# The installer.
Check 'MSI: registered once' {
    $key = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\*'
    $found = @(Get-ItemProperty $key | Where-Object { $_.PSObject.Properties['DisplayName'] -and $_.DisplayName -eq 'Muster' })
    Assert ($found.Count -eq 1) "found $($found.Count) entries; 1 is right where the .msi was installed"
    "$($found[0].DisplayVersion) $($found[0].PSChildName)"
}
Check 'MSI: what it set' {
    $log = Join-Path $Data 'installation.log'
    Assert (Test-Path -LiteralPath $log) "there is no ${log}: no property was given"
    Get-Content -LiteralPath $log
}
Ask 'MSI: upgrade' 'install a newer .msi over this one: preferences, spool and state stay, the service runs, one entry is registered'
Ask 'MSI: rollback' 'install with BOOTSTRAP_UPLOAD=wrong: it ends with 1603, and neither service nor program stay'
Ask 'MSI: user without rights' 'a repair by a user (msiexec /fa) with MACHINE_ID=x must not change MachineId'

# The service and its account.
Check 'service: installed' {
    $service = Get-ServiceFacts
    Assert $service 'there is no service muster'
    "$($service.State), $($service.StartMode), $($service.PathName)"
}
Check 'service: virtual account' {
    $service = Get-ServiceFacts
    Assert ($service -and $service.StartName -eq 'NT SERVICE\muster') "it runs as '$($service.StartName)'"
    $service.StartName
}
Check 'service: delayed start' {
    $key = Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Services\muster'
    Assert ($key.PSObject.Properties['DelayedAutostart'] -and $key.DelayedAutostart -eq 1) 'it is not delayed'
    'yes'
}
Check 'service: restart after a failure' {
    $text = (sc.exe qfailure muster | Out-String)
    Assert ($text -match 'RESTART') 'sc qfailure shows no restart'
    $text
}
Check 'service: privileges' { sc.exe qprivs muster | Out-String }
Check 'service: account in access lists' { sc.exe qsidtype muster | Out-String }
Check 'service: the collector, LocalSystem and on demand' {
    $service = Get-CimInstance Win32_Service -Filter "Name='muster-collect'"
    Assert $service 'there is no service muster-collect'
    Assert ($service.StartName -eq 'LocalSystem' -and $service.StartMode -eq 'Manual') "$($service.StartName), $($service.StartMode)"
    'yes'
}
Check 'folders: only for the system, administrators and the service' {
    foreach ($name in 'state', 'uploads') {
        $folder = Join-Path $Data $name
        if (-not (Test-Path -LiteralPath $folder)) { continue }
        $others = (Get-Acl -LiteralPath $folder).Access | Where-Object {
            $sid = $_.IdentityReference.Translate([Security.Principal.SecurityIdentifier]).Value
            $sid -ne 'S-1-5-18' -and $sid -ne 'S-1-5-32-544' -and -not $sid.StartsWith('S-1-5-80-')
        }
        Assert (-not $others) "$folder is open to $(($others | ForEach-Object { $_.IdentityReference }) -join ', ')"
    }
    'yes'
}
Ask 'service: restart' 'end muster.exe in the task manager: the service runs again a minute later'
Ask 'service: shutdown' 'restart the computer: no message that the service did not end in time'

# Certificates and TLS.
Check 'store: what is chosen' {
    $shown = Invoke-Muster @('cert', 'show', '--all')
    Assert ($shown.Code -eq 0) $shown.Text
    $shown.Text
}
Check 'store: kinds of keys' {
    foreach ($certificate in Get-ChildItem Cert:\LocalMachine\My | Where-Object { $_.HasPrivateKey }) {
        $key = [Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($certificate)
        if (-not $key) { $key = [Security.Cryptography.X509Certificates.ECDsaCertificateExtensions]::GetECDsaPrivateKey($certificate) }
        $provider = if ($key -and $key.PSObject.Properties['Key']) { $key.Key.Provider.Provider } else { 'none that can be read, or CAPI' }
        "$($certificate.Subject) ($provider);"
    }
}
Ask 'store: a key in the TPM' 'a certificate of the Microsoft Platform Crypto Provider: muster doctor reaches a beacon'
Ask 'store: an EC key' 'the same with a certificate that has an EC key'
Ask 'store: access of the service' 'after muster cert import, the log of the service names no key that it may not use'
Check 'Schannel: way to the beacons' {
    $doctor = Invoke-Muster @('doctor')
    Assert ($doctor.Code -eq 0) $doctor.Text
    $doctor.Text
}
Check 'Schannel: TLS 1.3' {
    $build = [Environment]::OSVersion.Version.Build
    Assert ($build -ge 20348) "Windows has it since build 20348; this is $build"
    $doctor = Invoke-Muster @('doctor')
    Assert ($doctor.Text -match 'TLS ?v?1\.3') 'no beacon was reached by TLS 1.3'
    'yes'
}
Ask 'Schannel: revoked beacon' 'a beacon with a revoked certificate is refused, also the second time'

# The Event Log.
Check 'Event Log: messages have their text' {
    $events = @(Get-WinEvent -FilterHashtable @{ LogName = 'Application'; ProviderName = 'muster' } -MaxEvents 5)
    Assert ($events.Count -gt 0) 'there is no event'
    Assert (-not ($events | Where-Object { -not $_.Message })) 'an event has no text: its message table was not found'
    $events | ForEach-Object { "$($_.Id) $($_.Message);" }
}

# The inventory, compared with what Windows itself says.
$script:Content = $null
Check 'inventory: taken' {
    $file = Join-Path ([IO.Path]::GetTempPath()) ('muster-' + [Guid]::NewGuid() + '.json')
    try {
        $taken = Invoke-Muster @('collect', '-O', $file)
        Assert ($taken.Code -eq 0) $taken.Text
        $script:Content = (Get-Content -LiteralPath $file -Raw -Encoding UTF8 | ConvertFrom-Json).content
    } finally {
        Remove-Item -LiteralPath $file -ErrorAction SilentlyContinue
    }
    $comments = $script:Content.versionprovider.PSObject.Properties['comments']
    if ($comments) { 'left out: ' + ($comments.Value -join '; ') } else { 'nothing was left out' }
}
Check 'inventory: SMBIOS' {
    $bios = Get-CimInstance Win32_BIOS
    $system = Get-CimInstance Win32_ComputerSystemProduct
    Assert ($script:Content.hardware.uuid -eq $system.UUID) "UUID: $($script:Content.hardware.uuid), Windows says $($system.UUID)"
    Assert ("$($script:Content.bios.ssn)".Trim() -eq "$($bios.SerialNumber)".Trim()) "serial number: $($script:Content.bios.ssn), Windows says $($bios.SerialNumber)"
    "$($script:Content.bios.smanufacturer) $($script:Content.bios.smodel)"
}
Check 'inventory: programs' {
    $keys = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\*', 'HKLM:\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Uninstall\*'
    $names = @(Get-ItemProperty $keys -ErrorAction SilentlyContinue | Where-Object { $_.PSObject.Properties['DisplayName'] -and "$($_.DisplayName)".Trim() } |
            ForEach-Object { "$($_.DisplayName)".Trim() } | Sort-Object -Unique)
    $found = @($script:Content.softwares | Where-Object { $_.from -eq 'registry' } | ForEach-Object { $_.name })
    $missing = @($names | Where-Object { $found -notcontains $_ })
    Assert ($missing.Count -eq 0) "missing: $($missing -join ', ')"
    "$($names.Count) programs"
}
Check 'inventory: MSIX' {
    $names = @(Get-AppxPackage -AllUsers | Where-Object { -not $_.IsResourcePackage } | ForEach-Object { $_.Name } | Sort-Object -Unique)
    $found = @($script:Content.softwares | Where-Object { $_.from -eq 'msix' } | ForEach-Object { $_.name })
    $missing = @($names | Where-Object { $found -notcontains $_ })
    Assert ($found.Count -gt 0) 'no app was found'
    "$($found.Count) apps; of those that Get-AppxPackage lists, $($missing.Count) are not among them: $($missing -join ', ')"
}
Check 'inventory: updates' {
    $names = @(Get-HotFix | ForEach-Object { $_.HotFixID })
    $found = @($script:Content.softwares | Where-Object { $_.from -eq 'update' } | ForEach-Object { $_.name })
    $missing = @($names | Where-Object { $found -notcontains $_ })
    Assert ($missing.Count -eq 0) "missing: $($missing -join ', '); found: $($found -join ', ')"
    $found -join ', '
}
Check 'inventory: volumes' {
    $names = @(Get-CimInstance Win32_LogicalDisk -Filter 'DriveType=3' | ForEach-Object { $_.DeviceID + '\' })
    $found = @($script:Content.drives | ForEach-Object { $_.type })
    Assert (-not ($names | Where-Object { $found -notcontains $_ })) "found $($found -join ' '), Windows says $($names -join ' ')"
    $found -join ' '
}
Check 'inventory: adapters' {
    $names = @(Get-NetAdapter -Physical | ForEach-Object { ($_.MacAddress -replace '-', ':').ToLower() })
    $found = @($script:Content.networks | ForEach-Object { $_.mac })
    Assert (-not ($names | Where-Object { $found -notcontains $_ })) "found $($found -join ' '), Windows says $($names -join ' ')"
    "$($names.Count) physical adapters"
}
Check 'inventory: accounts' {
    $names = @(Get-LocalUser | ForEach-Object { $_.Name })
    $found = @($script:Content.local_users | ForEach-Object { $_.login })
    Assert (-not ($names | Where-Object { $found -notcontains $_ })) "found $($found -join ', '), Windows says $($names -join ', ')"
    "$($names.Count) users, $(@($script:Content.local_groups).Count) groups"
}
Check 'inventory: PCI and USB' {
    "$(@($script:Content.controllers).Count) PCI devices, $(@($script:Content.usbdevices).Count) USB devices, $(@($script:Content.monitors).Count) monitors"
}
Check 'discovery' {
    $found = Invoke-Muster @('collect', '--discovery')
    Assert ($found.Code -eq 0) $found.Text
    $listening = @(($found.Text | ConvertFrom-Json).listening)
    $ports = @(Get-NetTCPConnection -State Listen | ForEach-Object { $_.LocalPort } | Sort-Object -Unique)
    $missing = @($ports | Where-Object { @($listening | ForEach-Object { $_.port }) -notcontains $_ })
    Assert ($missing.Count -eq 0) "TCP ports that are missing: $($missing -join ', ')"
    "$($listening.Count) sockets"
}

# The rest needs a person.
Ask 'files in use' 'muster config set, many times in a row, while a virus scanner runs: none fails'
Ask 'spool: folder removed' 'remove and make uploads\Inventories under a running service: files put there later go out'
Ask 'spool: slow copy' 'copy a large file over the network into uploads\Inventories: it goes when it is complete'
Ask 'network changes' 'unplug the cable under a running service: its log names the change'
Ask 'names' 'muster upload of a file with a name such as Pruefung with umlauts, in conhost and in Windows Terminal'
Ask 'long paths' 'DataDirectory with 400 characters: muster status works'
