"""Turns what dmidecode prints back into the structures that it was printed from (DMTF DSP0134)."""

import re
import struct

CHASSIS = ["Other", "Unknown", "Desktop", "Low Profile Desktop", "Pizza Box", "Mini Tower", "Tower", "Portable", "Laptop",
           "Notebook", "Hand Held", "Docking Station", "All In One", "Sub Notebook", "Space-saving", "Lunch Box",
           "Main Server Chassis", "Expansion Chassis", "Sub Chassis", "Bus Expansion Chassis", "Peripheral Chassis",
           "RAID Chassis", "Rack Mount Chassis", "Sealed-case PC", "Multi-system", "CompactPCI", "AdvancedTCA", "Blade",
           "Blade Enclosing"]
MEMORY = ["Other", "Unknown", "DRAM", "EDRAM", "VRAM", "SRAM", "RAM", "ROM", "Flash", "EEPROM", "FEPROM", "EPROM", "CDRAM",
          "3DRAM", "SDRAM", "SGRAM", "RDRAM", "DDR", "DDR2", "DDR2 FB-DIMM", "", "", "", "DDR3", "FBD2", "DDR4"]


def structures(text):
    """(type, {name: value}) of each; lists below a name are left out."""
    for block in re.split(r"\n\s*\n", text):
        head = re.search(r"DMI type (\d+),", block)
        if not head:
            continue
        fields = {}
        for name, value in re.findall(r"^\s+([^:\n]+): (.+)$", block, re.MULTILINE):
            fields.setdefault(name.strip(), value.strip())
        yield int(head.group(1)), fields


class Encoder:
    def __init__(self, kind, size, fields):
        self.kind, self.fields, self.strings = kind, fields, []
        self.fixed = bytearray(size - 4)

    def string(self, at, name):
        value = self.fields.get(name, "")
        if value and value != "Not Specified":
            self.strings.append(value)
            self.fixed[at - 4] = len(self.strings)

    def number(self, at, form, value):
        struct.pack_into("<" + form, self.fixed, at - 4, value)

    def word(self, at, name, words):
        value = self.fields.get(name, "")
        self.fixed[at - 4] = words.index(value) + 1 if value in words else 2

    def leading(self, name):
        match = re.match(r"\d+", self.fields.get(name, ""))
        return int(match.group()) if match else 0

    def bytes(self):
        text = b"".join(one.encode("utf-8", "surrogateescape") + b"\0" for one in self.strings) or b"\0"
        return bytes([self.kind, len(self.fixed) + 4, 0, 0]) + self.fixed + text + b"\0"


def module_size(encoder):
    match = re.match(r"(\d+) (MB|GB|kB)", encoder.fields.get("Size", ""))
    if not match:
        return 0
    return int(match.group(1)) * 1024 if match.group(2) == "GB" else int(match.group(1)) if match.group(2) == "MB" else 0


def encode(kind, fields):
    sizes = {0: 0x18, 1: 0x1b, 2: 0x0f, 3: 0x15, 4: 0x28, 17: 0x28}
    one = Encoder(kind, sizes[kind], fields)
    if kind == 0:
        for at, name in ((4, "Vendor"), (5, "Version"), (8, "Release Date")):
            one.string(at, name)
    if kind in (1, 2):
        for at, name in ((4, "Manufacturer"), (5, "Product Name"), (6, "Version"), (7, "Serial Number")):
            one.string(at, name)
    if kind == 1:
        digits = re.sub("[^0-9a-fA-F]", "", fields.get("UUID", ""))
        raw = bytes.fromhex(digits) if len(digits) == 32 else bytes(16)
        one.fixed[4:20] = raw[3::-1] + raw[5:3:-1] + raw[7:5:-1] + raw[8:]
        one.string(0x19, "SKU Number")
    if kind == 3:
        for at, name in ((4, "Manufacturer"), (6, "Version"), (7, "Serial Number"), (8, "Asset Tag")):
            one.string(at, name)
        one.word(5, "Type", CHASSIS)
    if kind == 4:
        for at, name in ((4, "Socket Designation"), (7, "Manufacturer"), (0x10, "Version"), (0x20, "Serial Number")):
            one.string(at, name)
        one.number(0x12, "H", one.leading("External Clock") & 0xffff)
        one.number(0x14, "H", one.leading("Max Speed") & 0xffff)
        one.fixed[0x18 - 4] = 0x41 if "Unpopulated" not in fields.get("Status", "Populated") else 0
    if kind == 17:
        for at, name in ((0x10, "Locator"), (0x11, "Bank Locator"), (0x17, "Manufacturer"), (0x18, "Serial Number"),
                         (0x1a, "Part Number")):
            one.string(at, name)
        size = module_size(one)
        one.number(0x0c, "H", size if size < 0x7fff else 0x7fff)
        one.number(0x1c, "I", size if size >= 0x7fff else 0)
        one.word(0x12, "Type", MEMORY)
        one.number(0x15, "H", one.leading("Speed") & 0xffff)
    return one.bytes()


def table(text):
    found = [encode(kind, fields) for kind, fields in structures(text) if kind in (0, 1, 2, 3, 4, 17)]
    return b"".join(found) + bytes([127, 4, 0, 0, 0, 0])
