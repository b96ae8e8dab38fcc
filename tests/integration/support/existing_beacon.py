"""The documents that an existing beacon serves, with the odd members of real ones, for the download folder of a beacon."""

import itertools
import os

POLICY = "Policies/Merged/MANAGESOFT_domain/Machine/laptop-17.npl"
FAILOVER = "ClientSettings/Default Failover Settings/Default Failover Settings"
SETTINGS = "ClientConfiguration/Client/Client"
SCHEDULE = "Schedules/Default Machine Schedule/Default Machine Schedule"
UPGRADE = "Packages/Agent/Agent upgrade"
TREE = r"SOFTWARE\\ManageSoft Corp\\ManageSoft"


def npl(*hrefs, before=""):
    packages = "".join(f'<Package href="{href}" ObjectID="{{{number}}}" Precedence="1"/>' for number, href in enumerate(hrefs))
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE Policy SYSTEM "http://127.0.0.1:9/policy.dtd" {before}>\n'
            f'<Policy AppliesTo="laptop-17" Source="beacon" Version="1"><Policy GUID="{{1}}" Source="x" Version="1">'
            f"{packages}</Policy><Oddity/></Policy>")


def osd(name, kind, *files):
    codebases = "".join(f'<CODEBASE HREF="{file}"/>' for file in files)
    return (f'<?xml version="1.0"?>\n<SOFTPKG VERSION="1,0,0,0" TYPE="{kind}" NAME="{name}" FORMAT="1.5"><TITLE>{name}</TITLE>'
            f'<NETDEPLOY::PROPERTY NAME="x" VALUE="y"/><IMPLEMENTATION>{codebases}</IMPLEMENTATION></SOFTPKG>')


def registry(key, name, value, root="HKLM", verb="set"):
    return f'Registry: {verb}; root = {root}; key = "{key}"; name = {name}; value = "{value}"; type = SZ'


def ndc(*lines):
    head = ["Format: 5.1", "Application: x", 'Title: "x"', 'Version: "1,0,0,0"',
            "UserDomain: public; userSelect; inherit", "PackageType: ClientSettings", ""]
    return "\r\n".join([*head, *lines, ""])


def location(direction, id, port, host="localhost", protocol="https", **more):
    directory = {"Upload": "/ManageSoftRL", "Download": "/ManageSoftDL"}[direction]
    values = {"Protocol": protocol, "Host": host, "Port": port, "Directory": directory, "AutoPriority": "True",
              "Priority": "50", "Name": "", **more}
    return [registry(rf"{TREE}\\Common\\{direction}Settings\\{id}", name, value) for name, value in values.items()]


def event(name, component, action, *triggers, param="", **more):
    attributes = {"NAME": name, "ID": f"{{{name}}}", "NETWORK": "TRUE", "CATCHUP": "Never", "IDLEDURATION": "0", **more}
    words = "".join(f' {key}="{value}"' for key, value in attributes.items())
    command = f'<LogicalCommand PARAM="{param}" ACTION="{action}" COMPONENT="{component}"/>'
    return f"<Event{words}>{triggers[0] if triggers else ''}{command}{''.join(triggers[1:])}</Event>"


def trigger(kind, parameter="1", **more):
    attributes = {"TYPE": kind, "TYPE_PARAM": parameter, "DATESTART": "20200608", "TIMESTART": "000500", **more}
    return "<Trigger " + " ".join(f'{key}="{value}"' for key, value in attributes.items()) + "/>"


def nds(*events):
    return f'<Schedule SCHEDSCHEMA="60" NAME="x" TIMEDATESTAMP="20200608T121948Z">{"".join(events)}</Schedule>'


class Documents:
    """    documents = Documents(beacon, port); documents.serve() puts all of them into the beacon's download folder

    `port` is that of the download location by which absolute addresses are written."""

    def __init__(self, port):
        root = f"https://localhost:{port}/ManageSoftDL"
        self.files = {
            POLICY: npl(f"{root}/ClientSettings/Default%20Failover%20Settings/Default%20Failover%20Settings.osd",
                        f"/ManageSoftDL/{SETTINGS}.osd", f"$(DownloadRootURL)/{SCHEDULE}.osd",
                        f"$(DownloadRootURL)/{UPGRADE.replace(' ', '%20')}.osd"),
            f"{FAILOVER}.osd": osd("Default Failover Settings", "ClientSettings", "Default Failover Settings.ndc"),
            f"{FAILOVER}.ndc": ndc(*location("Upload", "Bootstrap 0", port), *location("Download", "Bootstrap DL 0", port)),
            f"{SETTINGS}.osd": osd("Client", "ClientConfiguration", "Client.ndc"),
            f"{SETTINGS}.ndc": ndc(registry(rf"{TREE}\\Common", "MaximumNetworkRetryPeriod", "77")),
            f"{SCHEDULE}.osd": osd("Schedule", "Schedule", "Default%20Machine%20Schedule.nds"),
            f"{SCHEDULE}.nds": nds(
                event("Inventory", "Tracker", "Report", trigger("Weekly", "1,42", TIMEWINDOW="3600"), param="-o Upload=False"),
                event("Uploads", "Uploader", "Upload", trigger("Daily", REPEAT="43200", DURATION="86400"), param="-a"),
                event("Policy", "policyclient", "APPLY", trigger("Daily", "2"), trigger("Logon", "0"))),
            f"{UPGRADE}.osd": osd("Agent upgrade", "Package", "setup.exe"),
        }

    def serve(self, beacon, moments=itertools.count(1_700_000_000)):
        for path, content in self.files.items():
            file = beacon.put_download(path, content.encode())
            moment = next(moments)
            os.utime(file, (moment, moment))
