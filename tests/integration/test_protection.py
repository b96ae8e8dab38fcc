"""Protection that the preferences switch off is named: once at each command, once at each start and reload of the agent,
with a dash in the doctor, and never once per transfer."""

import unittest

from support.beacon import wait_until
from support.running import Run

REVOCATION = "revoked server certificates are accepted"
SERVER = "server certificates are not verified"
CLEAR = "unencrypted"

COMMANDS = (("upload", "x"), ("upload",), ("download", "x"), ("beacons",), ("status",), ("config", "check"), ("config", "list"),
            ("cert", "check"), ("cert", "show"), ("doctor",))


class Warned(Run):
    def check(self, device, words, expected, commands=COMMANDS):
        """Each command says it so many times."""
        device.file("x")
        for command in commands:
            device.put("waiting")
            run = device.run(*command)
            with self.subTest(command):
                self.assertEqual((run.out + run.err).count(words), expected, run)

    def plain_device(self, **more):
        beacon = self.beacon(plain=True)
        return beacon, self.device({"Port": beacon.port, "Protocol": "http", **more.pop("location", {})}, **more)


class Commands(Warned):
    def test_revocation_that_is_not_checked(self):
        for value in ("False", "false", "FALSE"):
            device = self.device(self.beacon().port, CheckCertificateRevocation=value)
            self.check(device, REVOCATION, 1, COMMANDS if value == "False" else COMMANDS[:1])

    def test_servers_that_are_not_verified(self):
        self.check(self.device(self.beacon().port, CheckServerCertificate="False"), SERVER, 1)

    def test_plain_http_where_a_certificate_is_configured(self):
        beacon, device = self.plain_device()
        self.check(device, CLEAR, 1, COMMANDS[:-1])  # the doctor has a step of its own as well
        self.assertEqual(beacon.uploaded()["Inventories/x"], b"inventory")

    def test_plain_http_with_a_user_works_and_is_named(self):
        beacon, device = self.plain_device(location={"User": "agent", "Password": "word"},
                                           AddClientCertificateAndKey="False")
        run = device.run("upload", device.file("x"))
        self.assertEqual(run.code, 0, run)
        self.assertEqual(run.err.count("Password"), 1, run)
        self.assertIn(CLEAR, run.err)

    def test_an_override_for_one_run_is_named_as_well(self):
        device = self.device(self.beacon().port)
        run = device.run("upload", device.file("x"), "-o", "CheckCertificateRevocation=False")
        self.assertEqual((run.code, run.err.count(REVOCATION)), (0, 1), run)

    def test_a_section_of_one_step_is_enough(self):
        for section in ("Uploader", "Launcher"):
            device = self.device(self.beacon().port)
            device.config.write_text(device.config.read_text() +
                                     f"\n[ManageSoft\\{section}\\CurrentVersion]\nCheckCertificateRevocation=False\n")
            self.check(device, REVOCATION, 1, (("status",), ("config", "check")))

    def test_several_locations_in_clear_are_one_line(self):
        beacon = self.beacon(plain=True)
        device = self.device(*({"Port": beacon.port, "Protocol": "http"} for _ in range(3)))
        run = device.run("config", "check")
        self.assertEqual(run.err.count(CLEAR), 1, run)
        for place in ("beacon1", "beacon2", "beacon3"):
            self.assertIn(place, run.err)

    def test_what_is_on_is_not_named(self):
        device = self.device(self.beacon().port)
        run = device.run("upload", device.file("x"))
        self.assertEqual((run.code, run.err), (0, ""))
        run = device.run("upload", device.file("x"), "-o", "CheckCertificateRevocation=BestEffort")
        self.assertEqual((run.code, run.err), (0, ""))


class Doctor(Warned):
    def marks(self, device, words):
        """The marks of the lines that have these words."""
        run = device.run("doctor")
        return [line[0] for line in run.out.splitlines() if words in line]

    def test_a_dash_and_no_tick(self):
        device = self.device(self.beacon().port, CheckCertificateRevocation="False")
        self.assertEqual(set(self.marks(device, "evocation") + self.marks(device, "evoked")), {"–"})
        device = self.device(self.beacon().port, CheckServerCertificate="False")
        self.assertEqual(set(self.marks(device, "CheckServerCertificate")), {"–"})
        _, device = self.plain_device()
        self.assertEqual(set(self.marks(device, "encrypted")), {"–"})


class Agent(Warned):
    def test_once_at_the_start_once_at_a_reload_and_never_for_a_transfer(self):
        beacon = self.beacon()
        device = self.device(beacon.port, CheckCertificateRevocation="False", CheckServerCertificate="False")
        agent = self.agent(device)
        for count in (1, 2, 3):
            for name in ("a", "b"):
                device.put(f"{name}{count}")
                self.arrives(beacon, f"Inventories/{name}{count}")
            self.assertEqual(agent.log().count(REVOCATION), count, agent.log())
            self.assertEqual(agent.log().count(SERVER), count, agent.log())
            agent.reload()

    def test_in_clear(self):
        beacon = self.beacon(plain=True)
        device = self.device({"Port": beacon.port, "Protocol": "http"})
        agent = self.agent(device)
        for name in ("a", "b", "c"):
            device.put(name)
            self.arrives(beacon, f"Inventories/{name}")
        self.assertEqual(agent.log().count(CLEAR), 1, agent.log())


if __name__ == "__main__":
    unittest.main()
