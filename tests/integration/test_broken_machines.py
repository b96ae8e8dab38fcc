"""What `muster doctor` and `muster status` say on ten broken machines, word by word."""

import os
import pathlib
import re
import shutil
import tempfile
import unittest

from support.clock import for_a_sanitizer, moved
from support.device import PROGRAM
from support.relay import dead_port
from support.running import OneBeacon

EXPECTED = pathlib.Path(__file__).parent / "broken_machines"
CHANGING = (
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "TIME"),
    (r"\d+\.\d ms", "N ms"),
    (r"\b\d+ s\b", "N s"),
    (r"(?<=serial )[0-9a-f]+", "SERIAL"),
    (r"(expires in|expired|valid for) \d+ (days|hours|more days)", r"\1 N \2"),
    (r"after \d+ ms", "after N ms"),
    (r"TLSv1\.\d, \w+", "VERSION, CIPHER"),
    (r"(?<=/)muster-device-\w+", "DEVICE"),
    (r"localhost is ::1, 127", "localhost is 127"),  # as /etc/hosts has it
    (r"Could not connect to server", "Couldn't connect to server"),  # of libcurl from 8.12 on
)


class BrokenMachines(OneBeacon):
    def said(self, device, run):
        text = f"exit status {run.code}\n{run.out}{run.err}"
        ports = sorted({str(one["Port"]) for one in device.locations}, reverse=True)
        for port in ports:
            text = re.sub(rf"\b{port}\b", "PORT", text)
        for pattern, word in CHANGING:
            text = re.sub(pattern, word, text)
        return text

    def check(self, name, device, **more):
        """Both commands, compared with the file of that name. With MUSTER_RENEW the file is written anew."""
        text = "".join(f"$ muster {command}\n{self.said(device, device.run(command, **more))}" for command in ("doctor", "status"))
        file = EXPECTED / f"{name}.txt"
        if os.environ.get("MUSTER_RENEW"):
            EXPECTED.mkdir(exist_ok=True)
            file.write_text(text)
        self.maxDiff = None
        self.assertEqual(text, file.read_text())

    def test_no_certificate(self):
        self.check("no-certificate", self.device(client=None))

    def test_an_expired_certificate(self):
        self.check("expired", self.device(client=self.pki.client_expired))

    def test_the_leaf_alone(self):
        device = self.device()
        leaf = device.certificate.read_text()
        device.certificate.write_text(leaf[:leaf.index("-----END CERTIFICATE-----") + len("-----END CERTIFICATE-----\n")])
        self.check("leaf-alone", device)

    def test_the_wrong_ca(self):
        device = self.device()
        shutil.copy(self.pki.stranger.certificate, device.ssl / "cert.pem")
        self.check("wrong-ca", device)

    def test_a_revoked_certificate(self):
        self.check("revoked", self.device(client=self.pki.client_revoked))

    def test_no_crl(self):
        device = self.device()
        (device.ssl / "crls" / "all.pem").unlink()
        self.check("no-crl", device)

    def test_a_wrong_clock(self):
        self.check("clock", self.device(), prefix=moved("-400d"), environment={"NO_FAKE_STAT": "1", **for_a_sanitizer()})

    def test_dead_dns(self):
        self.check("dead-dns", self.device({"Port": 443, "Host": "beacon.invalid"}))

    def test_a_spool_that_is_not_writable(self):
        if os.geteuid() != 0:
            self.skipTest("only root can be another user")
        device = self.device()
        device.put("a")
        for path in (device.folder, *device.folder.rglob("*")):
            if "uploads" not in path.parts:
                shutil.chown(path, 65534, 65534)
        for path in (device.spool, device.spool / "Inventories"):
            path.chmod(0o555)
        with tempfile.TemporaryDirectory(prefix="muster-program-") as folder:
            os.chmod(folder, 0o755)
            program = shutil.copy(PROGRAM, pathlib.Path(folder) / "muster")
            self.check("spool", device, prefix=["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
                                                "env", "-S", f"sh -c 'shift; exec {program} \"$@\"' muster"])

    def test_a_proxy_that_refuses(self):
        port = dead_port()
        device = self.device({"Port": self.beacon.port, "Proxy": f"http://127.0.0.1:{port}"})
        device.locations.append({"Port": port})  # so that it is replaced by a word
        self.check("proxy", device)


if __name__ == "__main__":
    unittest.main()
