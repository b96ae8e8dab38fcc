"""Releases as their maker signs them: docs/updates.md.

    maker = Maker(folder)
    statement = release(package, 2, "linux-amd64-deb", "muster-1.2.deb")
    serve(beacon, maker, statement, freshness(statement), package)
"""

import base64
import hashlib
import itertools
import json
import os
import subprocess
import time

DAY = 86_400
MOMENTS = itertools.count(1_700_000_000)


class Maker:
    """An Ed25519 key, and envelopes by it."""

    def __init__(self, folder, name="maker"):
        self.private, self.public = folder / f"{name}.key", folder / f"{name}.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.private], check=True)
        subprocess.run(["openssl", "pkey", "-in", self.private, "-pubout", "-out", self.public], check=True)
        der = subprocess.run(["openssl", "pkey", "-in", self.private, "-pubout", "-outform", "DER"], check=True,
                             capture_output=True).stdout
        self.hex = der[-32:].hex()
        self.folder = folder

    def envelope(self, statement):
        file = self.folder / "to-sign"
        file.write_text(json.dumps(statement))
        signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.private, "-in", file],
                                   check=True, capture_output=True).stdout
        return json.dumps({"statement": base64.b64encode(file.read_bytes()).decode(), "key": self.hex,
                           "signature": base64.b64encode(signature).decode()}).encode()


def release(package, number, platform, file, **more):
    return {"muster_release": 1, "product": "muster", "number": number, "version": f"1.{number}", "platform": platform,
            "file": file, "length": len(package), "sha256": hashlib.sha256(package).hexdigest(), **more}


def freshness(*releases, issued=None, days=30):
    issued = int(time.time()) - 1 if issued is None else issued
    named = [{name: one[name] for name in ("platform", "number", "sha256")} for one in releases]
    return {"muster_freshness": 1, "product": "muster", "issued": issued, "expires": issued + days * DAY, "releases": named}


def put(beacon, name, content):
    """Each version has a time of its own: with the size it makes the ETag of nginx."""
    file = beacon.put_download(f"Updates/{name}", content)
    moment = next(MOMENTS)
    os.utime(file, (moment, moment))


def serve(beacon, maker, statement, fresh, package, platform=None):
    """`platform`: under whose name the release is served, where that is not its own."""
    put(beacon, "freshness.json", maker.envelope(fresh))
    put(beacon, f"{platform or statement['platform']}.json", maker.envelope(statement))
    put(beacon, statement["file"], package)
