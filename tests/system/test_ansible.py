"""The Ansible role on two machines in namespaces, with the real Ansible.

MUSTER_DEB names the package. Each machine has a beacon on its own loopback. Skipped where there is no Ansible.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from machine import DATA, Machine, NoMachine
from support.beacon import Beacon
from support.ca import CLIENT, shared_pki

PACKAGE = os.environ.get("MUSTER_DEB", "")
ROLE = pathlib.Path(__file__).parents[2] / "packaging" / "ansible"
PORT = 8443

# Ansible calls it as ssh: the last word is the command, the one before it the process to enter.
SSH = """#!/bin/bash
command=${!#} host=${@: -2:1}
exec nsenter --target "$host" --all -- /bin/sh -c "$command"
"""


class Role(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("ansible-playbook"):
            raise unittest.SkipTest("there is no ansible-playbook")
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="muster-ansible-")))
        cls.pki = shared_pki()
        try:
            cls.machines = [cls.enterClassContext(Machine(None)) for _ in range(2)]
        except NoMachine as reason:
            raise unittest.SkipTest(str(reason)) from None
        for machine in cls.machines:  # as apt knows the machine that they are made of
            machine.path("/var/lib/dpkg/status").write_bytes(pathlib.Path("/var/lib/dpkg/status").read_bytes())
            machine.do("mkdir", "-p", "/var/cache/apt/archives/partial", "/var/lib/apt/lists/partial", "/root", "/var/log")
            machine.do("rm", "-f", "/usr/sbin/policy-rc.d")

        # A beacon in each, on its own loopback.
        cls.beacons = [cls.enterClassContext(Beacon(cls.pki, port=PORT, prefix=["nsenter", "--target", one.first, "--net", "--"]))
                       for one in cls.machines]
        for machine in cls.machines:
            machine.path("/etc/hosts").write_text("127.0.0.1 localhost\n")

        (cls.folder / "ssh").write_text(SSH)
        (cls.folder / "ssh").chmod(0o755)
        location = {"Protocol": "https", "Host": "localhost", "Port": PORT}
        (cls.folder / "vars.json").write_text(json.dumps({
            "muster_package": PACKAGE, "muster_ca": str(cls.pki.root_and_issuing),
            "muster_certificate": str(cls.pki.client_ending.certificate), "muster_key": str(cls.pki.client_ending.key),
            "muster_preferences": {
                r"ManageSoft\Common": {"AddClientCertificateAndKey": "True", "CheckCertificateRevocation": "False",
                                       "CertificateWarningDays": 1},
                r"ManageSoft\Common\UploadSettings\one": {**location, "Directory": "ManageSoftRL"},
                r"ManageSoft\Common\DownloadSettings\one": {**location, "Directory": "ManageSoftDL"}}}))
        hosts = "".join(f"{machine.first} ansible_become=false ansible_python_interpreter=/usr/bin/python3\n" for machine in cls.machines)
        (cls.folder / "inventory").write_text(f"[muster]\n{hosts}")

    def play(self, playbook, *words):
        """The recap: {host: {"ok": n, "changed": n, ...}}, and what it printed."""
        done = subprocess.run(
            ["ansible-playbook", "-i", self.folder / "inventory", "-e", f"@{self.folder / 'vars.json'}", *words,
             ROLE / playbook], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=400, check=False,
            env={**os.environ, "HOME": str(self.folder), "ANSIBLE_SSH_EXECUTABLE": str(self.folder / "ssh"),
                 "ANSIBLE_PIPELINING": "1", "ANSIBLE_SSH_TRANSFER_METHOD": "piped", "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8"})
        recap = {}
        for line in done.stdout.partition("PLAY RECAP")[2].splitlines()[1:]:
            host, _, counts = line.partition(":")
            recap[host.strip()] = {name: int(count) for name, count in (one.split("=") for one in counts.split())}
        return recap, done.stdout + done.stderr

    def test_it_rolls_out_once_and_stops_at_a_host_whose_doctor_fails_and_renews(self):
        self.stop_at_the_first_host_that_fails()
        self.roll_out_and_change_nothing_the_second_time()
        self.renew()

    def stop_at_the_first_host_that_fails(self):
        self.beacons[0].stop()
        recap, said = self.play("rollout.yml")
        first, second = (machine.first for machine in self.machines)
        self.assertEqual(recap.get(first, {}).get("failed"), 1, said)
        self.assertNotIn(second, recap)
        self.assertIn("the beacon refuses connections", said)
        self.assertNotEqual(self.machines[0].property("muster", "ActiveState"), "active")
        self.assertFalse(self.machines[1].path("/usr/bin/muster").exists())
        self.beacons[0].start()

    def roll_out_and_change_nothing_the_second_time(self):
        recap, said = self.play("rollout.yml")
        for machine in self.machines:
            self.assertEqual(recap[machine.first]["failed"], 0, said)
            self.assertEqual(machine.do("systemctl", "is-active", "muster").strip(), "active")
            machine.do("muster", "doctor")

        recap, said = self.play("rollout.yml")
        for machine in self.machines:
            self.assertEqual((recap[machine.first]["failed"], recap[machine.first]["changed"]), (0, 0), said)

    def renew(self):
        extensions = self.folder / "extensions"
        extensions.write_text(CLIENT)
        issuing = self.pki.issuing
        sign = self.folder / "sign"
        sign.write_text(f"#!/bin/sh\nopenssl x509 -req -in /dev/stdin -CA {issuing.certificate} -CAkey {issuing.key} -days 90 "
                        f"-CAcreateserial -CAserial {self.folder}/serial -extfile {extensions} 2>/dev/null\n"
                        f"cat {issuing.certificate}\n")
        sign.chmod(0o755)
        keys = [machine.path(f"{DATA}/etc/ssl/client/private/client_key.pem").read_bytes() for machine in self.machines]
        recap, said = self.play("renew.yml", "-e", f"muster_sign_command={sign}")
        for machine, key in zip(self.machines, keys):
            self.assertEqual(recap[machine.first]["failed"], 0, said)
            self.assertNotEqual(machine.path(f"{DATA}/etc/ssl/client/private/client_key.pem").read_bytes(), key)
            machine.do("muster", "doctor")

        recap, said = self.play("renew.yml", "-e", "muster_sign_command=/bin/false")
        self.assertEqual([recap[machine.first]["changed"] for machine in self.machines], [0, 0], said)


if __name__ == "__main__":
    unittest.main()
