"""The steps of automatic renewal, one by one: request, CertificateRenewCommand, installation. (tests/system runs them as
their units.)"""

import os
import pathlib
import shutil
import subprocess
import time
import unittest

from support.agent import Agent
from support.beacon import wait_until
from support.ca import CLIENT, LONG_AGO, openssl
from support.device import PROGRAM
from support.est import Est
from support.running import OneDevice

EXAMPLES = pathlib.Path(__file__).parents[2] / "packaging" / "examples"
NOBODY = 65_534


class Renewal(OneDevice):
    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("needs root: the configuration with the command must be root's")
        super().setUp()
        self.state = self.device.data / "state"
        self.state.mkdir(exist_ok=True)
        self.waiting = self.device.key.with_name("client_key.pem.requested")
        self.request = self.device.certificate.with_name("client_cert.pem.csr")
        self.answer = self.state / "renew-answer"

    def command(self, *words):
        self.device.preferences["CertificateRenewCommand"] = " ".join(f'"{word}"' for word in words)
        self.device.write_config()

    def script(self, text):
        """As the command."""
        path = self.device.file("command", f"#!/bin/sh\n{text}\n".encode())
        path.chmod(0o755)
        self.command(path)

    def step(self, name, code=0, saying="", **more):
        run = self.device.run("-v", "renew", name, **more)
        self.assertEqual(run.code, code, run)
        self.assertIn(saying, run.err)
        return run

    def pair(self):
        return self.device.certificate.read_bytes(), self.device.key.read_bytes()

    def record(self):
        return (self.state / "renew-record").read_text().splitlines()[1:]

    def sign(self, extensions=CLIENT, **period):
        """A certificate for the request, and its chain."""
        path = self.device.work / "signed.pem"
        self.pki.issuing.sign_request(self.request, path, extensions, **period)
        return path.read_text() + self.pki.issuing.certificate.read_text()

    def refused(self, step, code, saying):
        """Nothing is installed, and the reason is kept with a remedy."""
        before = self.pair()
        self.step(step, code, saying)
        self.assertEqual(self.pair(), before)
        self.assertFalse(self.answer.exists() and not self.answer.is_dir())
        kind, message, remedy = self.record()
        self.assertIn(saying, message)
        self.assertTrue(remedy)

    def delivers(self):
        run = self.device.run("upload", self.device.file("x"))
        self.assertEqual(run.code, 0, run)


class WithEst(Renewal):
    def setUp(self):
        super().setUp()
        self.est = Est(self.pki).__enter__()
        self.addCleanup(self.est.__exit__)
        self.command(EXAMPLES / "renew-est", self.est.url, "simpleenroll")

    def test_a_new_pair_comes_with_its_chain_and_is_used(self):
        before = self.pair()
        self.step("request")
        self.assertEqual(self.pair(), before)
        subject = openssl("req", "-in", self.request, "-noout", "-subject", "-verify")
        self.assertRegex(subject, "CN ?= ?device-1")

        self.step("run")
        self.step("install")
        self.assertEqual(self.est.issued, ["device-1"])
        self.assertNotEqual(self.pair()[1], before[1])
        self.assertEqual(self.device.certificate.read_text().count("BEGIN CERTIFICATE"), 2)
        self.assertEqual([self.waiting.exists(), self.request.exists(), self.answer.exists()], [False] * 3)
        self.assertEqual(self.record(), ["installed"])
        self.delivers()
        self.assertEqual(self.device.run("cert", "check").code, 0)

    def test_an_answer_that_has_to_wait_for_a_person_is_a_failure_with_the_reason(self):
        self.est.status = 202
        self.step("request")
        key = self.waiting.read_bytes()
        self.refused("run", 1, "has not issued it yet (HTTP 202)")

        self.est.status = 200
        self.step("request")
        self.assertEqual(self.waiting.read_bytes(), key)
        self.step("run")
        self.step("install")
        self.assertEqual(self.record(), ["installed"])

    def test_a_server_that_is_not_trusted_or_not_there_gives_nothing(self):
        self.step("request")
        shutil.copy(self.pki.stranger.certificate, self.device.ssl / "cert.pem")
        self.refused("run", 1, "renew-est ended with exit code")
        self.command(EXAMPLES / "renew-est", "https://localhost:1/.well-known/est")
        self.refused("run", 1, "renew-est ended with exit code")


class Command(Renewal):
    """What the command does wrong."""

    def setUp(self):
        super().setUp()
        self.script("cat")
        self.step("request")

    def test_one_that_fails_is_reported_with_the_last_line_of_its_messages(self):
        self.script("echo first >&2; echo 'the CA says no' >&2; exit 3")
        self.refused("run", 1, "command ended with exit code 3: the CA says no")

    def test_one_that_prints_garbage_or_nothing_or_without_end(self):
        for text, words in (("echo '<html>'", "printed no certificate in PEM form"), (":", "printed no certificate"),
                            ("yes", "printed more than 262144 bytes")):
            with self.subTest(text):
                self.script(text)
                self.refused("run", 1 if "more than" in words else 4, words)

    def test_one_that_is_not_there(self):
        self.command("/nonexistent/renew")
        self.refused("run", 1, "cannot run /nonexistent/renew: No such file")

    def test_it_gets_the_request_and_the_pair_in_use_and_no_shell_takes_its_words_apart(self):
        report = self.device.work / "report"
        path = self.device.file("two words", f'#!/bin/sh\nenv | grep ^MUSTER_ >{report}; pwd >>{report}\n'
                                             f'printf "%s\\n" "$@" >>{report}; cat >>{report}\n'.encode())
        path.chmod(0o755)
        self.command(path, "a b", "$HOME;`id`|*")
        self.step("run", 4)
        lines = report.read_text().splitlines()
        for name, value in (("REQUEST", self.request), ("CERTIFICATE", self.device.certificate), ("KEY", self.device.key),
                            ("CA_FILE", self.device.ssl / "cert.pem")):
            self.assertIn(f"MUSTER_{name}={value}", lines)
        for line in (str(self.state / "renewal"), "a b", "$HOME;`id`|*", "-----BEGIN CERTIFICATE REQUEST-----"):
            self.assertIn(line, lines)

    def test_without_a_request_it_is_not_run(self):
        self.request.unlink()
        self.refused("run", 4, "no request is pending")


class Answer(Renewal):
    """What root finds in the place of the answer. The folder is the service's: anything may lie there."""

    def setUp(self):
        super().setUp()
        self.script("cat")
        self.step("request")

    def put(self, text):
        self.answer.write_text(text)
        os.chown(self.answer, NOBODY, NOBODY)

    def test_a_certificate_for_the_key_that_waits_is_installed_whoever_wrote_it(self):
        self.put(self.sign())
        self.step("install")
        self.delivers()

    def test_nothing_is_there(self):
        self.refused("install", 4, "there is no answer to a request")

    def test_a_certificate_for_another_key(self):
        self.put(self.pki.client_other.certificate.read_text())
        self.refused("install", 4, "does not belong to the client certificate")
        self.assertTrue(self.waiting.exists())

    def test_a_certificate_for_the_key_in_use_is_no_answer_to_this_request(self):
        self.put(self.pki.client.certificate.read_text())
        self.refused("install", 4, "is not installed")

    def test_one_that_has_expired_or_is_for_servers(self):
        for extensions, period, words in ((CLIENT, {"start": LONG_AGO[0], "end": LONG_AGO[1]}, "expired"),
                                          ("extendedKeyUsage=serverAuth", {}, "is not for client authentication")):
            with self.subTest(words):
                self.put(self.sign(extensions, **period))
                self.refused("install", 4, words)

    def test_garbage_and_a_pfx(self):
        self.put("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")
        self.refused("install", 4, "is not installed")
        openssl("pkcs12", "-export", "-in", self.pki.client_other.certificate, "-inkey", self.pki.client_other.key, "-out",
                self.answer, "-passout", "pass:")
        self.refused("install", 4, "it is a PKCS#12 file")

    def test_a_link_a_second_name_a_pipe_and_a_folder_are_not_followed_and_what_they_lead_to_stays(self):
        target = self.device.file("target", self.sign().encode())
        for make in (lambda: self.answer.symlink_to(target), lambda: os.link(target, self.answer),
                     lambda: os.mkfifo(self.answer), self.answer.mkdir):
            make()
            before = self.pair()
            run = self.step("install", 8, f"{self.answer} is ignored: it ")
            self.assertEqual(self.pair(), before, run)
            self.assertTrue(target.exists())
            subprocess.run(["rm", "-rf", self.answer], check=True)

    def test_an_enormous_one(self):
        self.put(self.sign() + "#" * 300_000)
        self.refused("install", 8, "larger than")

    def test_without_a_key_that_waits(self):
        self.put(self.sign())
        self.waiting.unlink()
        self.refused("install", 4, "no key is pending")


class Configuration(Renewal):
    """Who may say which program runs."""

    def nothing_runs(self, code, saying, *words):
        for step in ("request", "run", "install"):
            with self.subTest(step):
                run = self.device.run(*words, "renew", step)
                self.assertEqual(run.code, code, run)
                self.assertIn(saying, run.err)
        self.assertFalse(self.waiting.exists())

    def test_a_configuration_that_others_can_change_is_refused_with_the_reason(self):
        self.script("cat")
        for change, words in ((lambda: self.device.config.chmod(0o664), "it is writable by others (mode 0664)"),
                              (lambda: os.chown(self.device.config, NOBODY, 0), f"it belongs to user {NOBODY}"),
                              (lambda: self.device.config.parent.chmod(0o777), "is writable by others (mode 0777)"),
                              (lambda: os.chown(self.device.data, NOBODY, 0), f"belongs to user {NOBODY}")):
            change()
            self.nothing_runs(3, "CertificateRenewCommand is not used: others than root can change")
            self.nothing_runs(3, words)
            os.chown(self.device.config, 0, 0)
            os.chown(self.device.data, 0, 0)
            self.device.config.chmod(0o644)
            self.device.config.parent.chmod(0o755)
        self.step("request")

    def test_no_command_or_a_wrong_one(self):
        self.nothing_runs(3, "sets no CertificateRenewCommand")
        self.command("renew")
        self.nothing_runs(3, "does not begin with the absolute path of a program")
        self.assertEqual(self.device.run("config", "check").code, 3)

    def test_none_comes_from_the_command_line(self):
        for given in ("CertificateRenewCommand=/bin/sh", r"ManageSoft\Common\CertificateRenewCommand=/bin/sh"):
            run = self.device.run("-o", given, "status")
            self.assertEqual(run.code, 2, run)
            self.assertIn("-o: CertificateRenewCommand is taken from the configuration file alone", run.err)
        self.script("cat")
        self.nothing_runs(2, "muster renew takes no -o", "-o", "CertificateRenewCommand=/bin/sh")
        self.nothing_runs(2, "muster renew takes no -o", "-o", f"SSLClientPrivateKeyFile={self.device.work / 'key'}")

    def test_a_pfx_that_is_used_in_place_is_not_overwritten(self):
        self.device.preferences["SSLClientCertificateFile"] = str(self.device.ssl / "client.pfx")
        self.script("cat")
        self.nothing_runs(3, "which is used in place")

    def test_rsa_stays_rsa_and_a_device_without_a_certificate_asks_for_its_own_names(self):
        self.script("cat")
        pair = self.pki.issuing.issue("client-rsa", "device-rsa", CLIENT, kind="RSA")
        self.device.deploy(pair)
        self.step("request")
        self.assertIn("Public-Key: (3072 bit)", openssl("req", "-in", self.request, "-noout", "-text"))

        for path in (self.device.certificate, self.device.key, self.waiting):
            path.unlink()
        self.device.preferences["MachineId"] = "device-7"
        self.device.write_config()
        self.step("request")
        self.assertRegex(openssl("req", "-in", self.request, "-noout", "-subject"), "CN ?= ?device-7")

    def test_what_runs_has_nothing_of_ours_open_but_its_streams(self):
        self.script("ls /proc/self/fd | tr '\\n' ' ' >&2; exit 1")
        self.step("request")
        done = subprocess.run([PROGRAM, "--config", self.device.config, "renew", "run"], capture_output=True, text=True,
                              pass_fds=(), stdin=subprocess.DEVNULL)
        self.assertIn(": 0 1 2 3", done.stderr)  # the last is the folder that ls reads


class Asking(Renewal):
    """When the running agent asks, by a file; the steps are run by hand in the place of systemd."""

    def setUp(self):
        super().setUp()
        self.script("cat")
        self.flag = self.state / "renew"

    def agent(self):
        return Agent(self.device)

    def asks(self):
        wait_until(self.flag.exists, 10, "the request for a renewal")
        self.flag.unlink()

    def test_it_asks_in_the_last_third_once_and_takes_the_new_pair_up(self):
        self.device.deploy(self.pki.client_ending)
        with self.agent() as agent:
            self.asks()
            self.step("request")
            self.answer.write_text(self.sign())
            self.step("install")
            wait_until(lambda: "client_cert.pem was renewed and is valid until" in agent.log(), 10, "the report of the renewal")
            self.assertFalse(self.flag.exists())
            self.device.put("a")
            wait_until(lambda: not self.device.waiting(), 10, "the upload")
            serial = openssl("x509", "-in", self.device.certificate, "-noout", "-serial").strip().partition("=")[2]
            self.assertIn(f"serial={serial}", self.beacon.puts()[-1])

    def test_it_does_not_ask_before_and_not_again_after_a_restart(self):
        with self.agent() as agent:
            self.assertFalse(self.flag.exists())
            self.device.deploy(self.pki.client_ending)
            agent.reload()
            self.asks()
        with self.agent() as agent:
            agent.reload()
            self.assertFalse(self.flag.exists())
            self.assertEqual(agent.log().count("requested the renewal of the client certificate"), 1)

    def test_it_asks_for_one_that_has_expired(self):
        self.device.deploy(self.pki.client_expired)
        with self.agent():
            self.asks()

    def test_it_does_not_ask_where_others_can_change_the_configuration_or_no_certificate_is_shown(self):
        self.device.deploy(self.pki.client_ending)
        self.device.config.chmod(0o664)
        with self.agent() as agent:
            self.assertIn("the client certificate is not renewed: CertificateRenewCommand is not used", agent.log())
            self.device.preferences["AddClientCertificateAndKey"] = "False"
            self.device.write_config()
            self.device.config.chmod(0o644)
            agent.reload()
        self.assertFalse(self.flag.exists())

    def test_a_failure_is_logged_once_and_shown_until_the_certificate_is_replaced(self):
        self.device.deploy(self.pki.client_ending)
        self.script("echo 'the CA is closed' >&2; exit 1")
        line = "the client certificate is not renewed: CertificateRenewCommand"
        with self.agent() as agent:
            self.asks()
            self.step("request")
            self.step("run", 1)
            wait_until(lambda: line in agent.log(), 10, "the reason")
            self.step("run", 1)
            agent.reload()
            self.assertEqual(agent.log().count(line), 1)

        status = self.device.run("--json", "status").json()
        self.assertIn("the CA is closed", status["renewal"]["problem"]["message"])
        self.assertIn("renewal", [one["step"] for one in self.device.run("--json", "doctor").json() if one["result"] == "bad"])

        later = time.time() + 5
        self.device.deploy(self.pki.client)
        os.utime(self.device.certificate, (later, later))
        self.assertIsNone(self.device.run("--json", "status").json()["renewal"]["problem"])


if __name__ == "__main__":
    unittest.main()
