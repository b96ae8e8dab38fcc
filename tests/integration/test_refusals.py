"""Who is refused, by whom, and in which words: each row is one exit code and one readable line, and the file that
was to be uploaded is untouched afterwards."""

import os
import signal
import socket
import ssl
import unittest

from support.beacon import Beacon, wait_until
from support.ca import LOCAL_NAMES, SERVER, Pki
from support.device import Device
from support.relay import BlackHole, SilentPort, dead_port
from support.running import OneBeacon


class Refusals(OneBeacon):
    def refused(self, device, code, *fragments, words=None):
        """One line on standard error with all fragments and a remedy, nothing on standard output."""
        content = os.urandom(20_000)
        file = device.file("device.ndi", content)
        run = device.run(*(words or ("upload", file)))
        self.assertEqual(run.code, code, run)
        self.assertEqual(len(run.lines()), 1, run)
        line = run.lines()[0]
        self.assertTrue(line.startswith("muster: "), run)
        self.assertIn("; ", line, "no remedy")
        for fragment in fragments:
            self.assertIn(fragment, line)
        self.assertEqual(run.out, "")
        self.assertEqual(file.read_bytes(), content)
        return line

    def device(self, beacon=None, **more):
        return Device(self.pki, [(beacon or self.beacon).port], **more)


class OurCertificate(Refusals):
    def test_a_good_pair_is_accepted(self):
        with self.device() as device:
            run = device.run("upload", device.file("good.ndi", b"content"))
            self.assertEqual((run.code, run.err), (0, ""))
            self.assertEqual(self.beacon.uploaded()["Inventories/good.ndi"], b"content")

    def test_none_shown_and_none_there_have_different_cures(self):
        with self.device(AddClientCertificateAndKey="False") as device:
            shown = self.refused(device, 4, "requires a client certificate", "AddClientCertificateAndKey=True")
        with self.device(client=None) as device:
            absent = self.refused(device, 4, "client_cert.pem", "errno 2", "deploy")
        self.assertNotEqual(shown.split("; ")[-1], absent.split("; ")[-1])

    def test_an_expired_one_is_refused_before_anything_is_sent(self):
        before = len(self.beacon.requests())
        with self.device(client=self.pki.client_expired) as device:
            self.refused(device, 4, "expired on 2020-02-01", "renewed")
        self.assertEqual(len(self.beacon.requests()), before)

    def test_one_that_is_not_yet_valid(self):
        with self.device(client=self.pki.client_later) as device:
            self.refused(device, 4, "not valid before 2099-01-01", "clock")

    def test_one_of_an_unknown_ca(self):
        with self.device(client=self.pki.client_stranger) as device:
            self.refused(device, 4, "refused our client certificate CN=device-stranger", "HTTP 400", "issued by")

    def test_a_revoked_one(self):
        with self.device(client=self.pki.client_revoked) as device:
            self.refused(device, 4, "refused our client certificate CN=device-revoked", "not revoked")

    def test_one_that_is_not_for_clients(self):
        with self.device(client=self.pki.client_as_server) as device:
            self.refused(device, 4, "not for client authentication", "clientAuth")

    def test_a_key_of_another_certificate(self):
        with self.device() as device:
            device.key.write_bytes(self.pki.client_other.key.read_bytes())
            self.refused(device, 4, "does not belong to the client certificate")

    def test_a_missing_key(self):
        with self.device() as device:
            device.key.unlink()
            self.refused(device, 4, "client_key.pem", "errno 2", "SSLClientPrivateKeyFile")

    def test_a_key_that_others_may_read(self):
        with self.device() as device:
            device.key.chmod(0o644)
            self.refused(device, 4, "mode 0644", "chmod 0600")

    def test_a_key_in_a_folder_that_others_may_write(self):
        with self.device() as device:
            device.key.parent.chmod(0o777)
            self.refused(device, 4, "writable by others", "mode 0777")

    def test_a_truncated_certificate(self):
        with self.device() as device:
            device.certificate.write_bytes(device.certificate.read_bytes()[:300])
            self.refused(device, 4, "client_cert.pem", "deploy")

    def test_a_truncated_key(self):
        with self.device() as device:
            device.key.write_bytes(device.key.read_bytes()[:120])
            self.refused(device, 4, "client_key.pem", "broken")

    def test_a_folder_in_place_of_the_certificate(self):
        with self.device() as device:
            device.certificate.unlink()
            device.certificate.mkdir()
            self.refused(device, 4, "it is a folder")


class TheBeaconsCertificate(Refusals):
    def with_server(self, pair, code, *fragments, **more):
        with Beacon(self.pki, server=pair) as beacon, self.device(beacon, **more) as device:
            self.refused(device, code, *fragments)
            self.assertEqual(beacon.uploaded(), {})
            self.assertEqual(beacon.requests(), [], "a request reached a beacon that is not trusted")

    def test_for_another_host(self):
        self.with_server(self.pki.server_elsewhere, 5, "not for the host localhost", "elsewhere.example")

    def test_with_the_host_in_its_subject_only(self):
        self.with_server(self.pki.server_cn_only, 5, "not for the host localhost", "no subjectAltName")

    def test_expired(self):
        self.with_server(self.pki.server_expired, 5, "expired", "2020-02-01", "clock")

    def test_of_an_unknown_ca(self):
        self.with_server(self.pki.server_stranger, 5, "no CA that this machine trusts", "SSLCACertificateFile")

    def test_that_comes_without_its_intermediate(self):
        alone = self.pki.issuing.issue("server-alone", "alone", SERVER + LOCAL_NAMES)
        self.with_server(alone, 5, "CN=alone: ", "its issuer is CN=Muster Test Issuing CA; have the beacon send the "
                         "certificates of its intermediate CAs along; if that issuer is a root CA, put")

    def test_revoked(self):
        self.with_server(self.pki.server_revoked, 5, "is revoked")

    def test_revoked_is_refused_even_with_best_effort(self):
        self.with_server(self.pki.server_revoked, 5, "is revoked", CheckCertificateRevocation="BestEffort")

    def test_not_for_servers(self):
        self.with_server(self.pki.server_as_client, 5, "not one for a TLS server", "serverAuth")

    def test_without_any_crl(self):
        with self.device() as device:
            (device.ssl / "crls" / "all.pem").unlink()
            self.refused(device, 5, "cannot find out", "CheckCertificateRevocation=BestEffort", "SSLCRLPath")

    def test_without_the_crl_of_the_root(self):
        with self.device() as device:
            (device.ssl / "crls" / "all.pem").write_bytes((self.pki.folder / "issuing.crl").read_bytes())
            self.refused(device, 5, "cannot find out", "Muster Test Issuing CA", "Muster Test Root")

    def test_without_a_crl_where_the_check_is_off(self):
        with self.device(CheckCertificateRevocation="False") as device:
            (device.ssl / "crls" / "all.pem").unlink()
            self.assertEqual(device.run("upload", device.file("x")).code, 0)

    def test_without_a_crl_best_effort_warns_and_goes_on(self):
        with self.device(CheckCertificateRevocation="BestEffort") as device:
            (device.ssl / "crls" / "all.pem").unlink()
            run = device.run("upload", device.file("x"))
            self.assertEqual(run.code, 0, run)
            self.assertIn("warning", run.err)
            self.assertIn("BestEffort", run.err)

    def test_a_broken_crl_is_not_skipped(self):
        with self.device() as device:
            (device.ssl / "crls" / "broken.pem").write_text("-----BEGIN X509 CRL-----\nAAAA\n")
            self.refused(device, 5, "broken.pem", "not a CRL")

    def test_without_any_ca(self):
        with self.device() as device:
            (device.ssl / "cert.pem").unlink()
            self.refused(device, 5, "no trusted CA certificate", "cert.pem")

    def test_unverified_servers_are_told_of(self):
        with Beacon(self.pki, server=self.pki.server_stranger) as beacon, \
                self.device(beacon, CheckServerCertificate="False") as device:
            run = device.run("upload", device.file("x"))
            self.assertEqual(run.code, 0, run)
            self.assertIn("CheckServerCertificate=False", run.err)


class TheNetwork(Refusals):
    def test_a_dead_beacon(self):
        with Device(self.pki, [dead_port()]) as device:
            self.refused(device, 6, "the beacon refuses connections", "errno 111", "start the service on")

    def test_a_silent_beacon(self):
        with SilentPort() as silent, Device(self.pki, [silent.port], NetworkTimeout="1") as device:
            self.refused(device, 6, "TLS handshake", "curl 28")

    def test_a_name_that_does_not_resolve(self):
        with Device(self.pki, [{"Host": "beacon.invalid", "Port": 443}]) as device:
            self.refused(device, 6, "cannot resolve the beacon's host name", "DNS")

    def test_a_port_that_speaks_plain_http(self):
        with Beacon(self.pki, plain=True) as beacon, self.device(beacon) as device:
            self.refused(device, 6, "the beacon's port does not speak TLS", "HTTPS")

    def test_a_black_hole(self):
        with BlackHole() as hole, Device(self.pki, [hole.port], NetworkTimeout="1") as device:
            if not hole.is_black():
                self.skipTest("this kernel answers where the backlog is full")
            self.refused(device, 6, "the beacon does not answer", "firewall")

    def test_several_dead_beacons_are_one_line(self):
        with Device(self.pki, [dead_port(), dead_port(), dead_port()]) as device:
            self.refused(device, 6, "errno 111", "2 other beacons failed")

    def test_a_frozen_beacon(self):
        with Beacon(self.pki) as beacon, self.device(beacon, NetworkTimeout="1") as device:
            beacon.signal(signal.SIGSTOP)
            self.refused(device, 6, "TLS handshake")
            beacon.signal(signal.SIGCONT)


class SeveralBeacons(Refusals):
    """Where they fail differently, the code is the first of 4, 5, 7, 6, wherever that beacon stands in the list."""

    def each_order(self, worse, milder, code, **more):
        for ports in ([worse, milder], [milder, worse]):
            with self.subTest(worse_first=ports[0] == worse), Device(self.pki, ports, **more) as device:
                self.refused(device, code, f"beacon{ports.index(worse) + 1}", "1 other beacon failed")

    def test_a_refused_certificate_is_worse_than_a_beacon_that_is_not_trusted(self):
        with Beacon(self.pki, server=self.pki.server_stranger) as stranger:
            self.each_order(self.beacon.port, stranger.port, 4, client=self.pki.client_revoked)

    def test_a_beacon_that_is_not_trusted_is_worse_than_a_refused_transfer(self):
        with Beacon(self.pki, server=self.pki.server_stranger) as stranger, \
                Beacon(self.pki, site="client_max_body_size 1k;") as small:
            self.each_order(stranger.port, small.port, 5)

    def test_a_refused_transfer_is_worse_than_a_dead_beacon(self):
        with Beacon(self.pki, site="client_max_body_size 1k;") as small:
            self.each_order(small.port, dead_port(), 7)


class TheAnswer(Refusals):
    def test_nothing_at_that_path(self):
        with self.device() as device:
            self.refused(device, 7, "HTTP 404", words=("download", "nothing/here.json"))

    def test_a_folder_that_the_beacon_does_not_have(self):
        with Device(self.pki, [{"Port": self.beacon.port, "Directory": "Elsewhere"}]) as device:
            self.refused(device, 7, "HTTP 404", "Directory")

    def test_a_body_that_is_too_large_for_the_beacon(self):
        with Beacon(self.pki, site="client_max_body_size 10k;") as beacon, self.device(beacon) as device:
            self.refused(device, 7, "HTTP 413", "limit")

    def test_a_redirect_is_not_followed(self):
        with Beacon(self.pki, site="return 307 https://elsewhere.example/;") as beacon, self.device(beacon) as device:
            self.refused(device, 7, "HTTP 307", "https://elsewhere.example/", "not followed")

    def test_a_forbidden_path(self):
        with Beacon(self.pki, site="error_page 404 =403 /x; location = /x { return 403 'no entry'; }") as beacon:
            with Device(self.pki, [{"Port": beacon.port, "Directory": "Elsewhere"}]) as device:
                self.refused(device, 7, "HTTP 403", "no entry")


class OurSide(Refusals):
    def test_a_missing_file(self):
        with self.device() as device:
            self.refused(device, 8, "nowhere.ndi", "errno 2", words=("upload", "nowhere.ndi"))

    def test_a_folder_instead_of_a_file(self):
        with self.device() as device:
            self.refused(device, 8, "it is a folder", words=("upload", device.work))

    def test_a_pipe_without_a_writer_does_not_hang(self):
        with self.device() as device:
            os.mkfifo(device.work / "pipe")
            self.refused(device, 8, "it is a pipe", words=("upload", "pipe"))

    def test_a_target_that_cannot_be_written(self):
        self.beacon.put_download("policy.json", b"{}")
        with self.device() as device:
            self.refused(device, 8, "nowhere", words=("download", "policy.json", "-O", "nowhere/policy.json"))

    def test_a_folder_under_the_name_of_the_target(self):
        self.beacon.put_download("policy.json", b"{}")
        with self.device() as device:
            (device.data / "policy.json").mkdir()
            self.refused(device, 8, "it is a folder", words=("download", "policy.json", "-O", str(device.data)))

    def test_a_disk_that_fills_up_leaves_the_old_file(self):
        self.beacon.put_download("large", os.urandom(200_000))
        with self.device() as device:
            target = device.file("large", b"old")
            run = device.run("download", "large", largest_file=100_000)
            self.assertEqual(run.code, 8, run)
            self.assertIn("errno 27", run.err)
            self.assertEqual(target.read_bytes(), b"old")

    def test_a_broken_config_names_file_and_line(self):
        with self.device() as device:
            device.config.write_text("[ManageSoft\\Common]\nAddClientCertificateAndKey\n")
            self.refused(device, 3, f"{device.config}:2")

    def test_all_wrong_values_are_told_at_once(self):
        with self.device(NetworkTimeout="soon", CheckServerCertificate="maybe") as device:
            self.refused(device, 3, "NetworkTimeout", "CheckServerCertificate")

    def test_no_location(self):
        with Device(self.pki) as device:
            self.refused(device, 3, "UploadSettings")

    def test_some_of_several_files(self):
        with self.device() as device:
            good = device.file("good.ndi")
            run = device.run("upload", good, "missing.ndi")
            self.assertEqual(run.code, 9, run)
            self.assertIn("missing.ndi", run.err)
            self.assertIn("1 of 2", run.err)
            self.assertTrue(good.exists())


class TheBeaconsRules(unittest.TestCase):
    """What packaging/beacon/README.md promises of the reference beacon, asked without Muster in between."""

    @classmethod
    def setUpClass(cls):
        cls.pki = Pki()
        cls.beacon = Beacon(cls.pki).start()
        cls.beacon.put_download("Policies/default.json", b"0123456789")
        cls.beacon.put_download(".secret", b"hidden")
        cls.beacon.put_download("Policies/.git/config", b"hidden")

    @classmethod
    def tearDownClass(cls):
        cls.beacon.__exit__()
        cls.pki.remove()

    def status(self, method, target, body=b"", **more):
        return self.beacon.ask(method, target, body, **more)[0]

    def tree(self):
        return sorted(str(path) for path in self.beacon.folder.rglob("*"))

    def test_nobody_gets_in_without_a_valid_certificate(self):
        for client in (None, self.pki.client_stranger, self.pki.client_revoked, self.pki.client_expired,
                       self.pki.client_later, self.pki.client_as_server):
            with self.subTest(getattr(client, "certificate", None)):
                before = self.tree()
                for method, target in (("PUT", "/ManageSoftRL/T/x"), ("GET", "/ManageSoftDL/Policies/default.json"),
                                       ("GET", "/")):
                    self.assertEqual(self.status(method, target, b"x" if method == "PUT" else b"", client=client), 400)
                self.assertEqual(self.tree(), before)

    def test_no_upload_leaves_its_place(self):
        before = self.tree()
        for target in ("/x", "/ManageSoftRL/x", "/ManageSoftRL/T/a/b", "/ManageSoftRL/T/", "/ManageSoftRL/T/.x",
                       "/ManageSoftRL/T/%2ex", "/ManageSoftRL/.incoming/x", "/ManageSoftRL/../x",
                       "/ManageSoftRL/T/../../x", "/ManageSoftRL/T/..%2fx", "/ManageSoftRL/T/%2e%2e%2f%2e%2e%2fx",
                       "/ManageSoftRL/T%2f..%2f../x", "/ManageSoftRL/T/" + "n" * 256, "/ManageSoftDL/x",
                       "/ManageSoftRL/T/new%0aline", "/ManageSoftRL/T/%1b[31m", "/ManageSoftRL/T/nul%00"):
            self.assertIn(self.status("PUT", target, b"x"), (400, 403, 404, 422), target)
        self.assertEqual(self.tree(), before)

    def test_a_name_that_no_beacon_takes_is_the_files_fault(self):
        self.assertEqual(self.status("PUT", "/ManageSoftRL/T/new%0aline", b"x"), 422)

    def test_an_upload_cannot_be_read_listed_moved_or_removed(self):
        self.assertEqual(self.status("PUT", "/ManageSoftRL/Rules/kept", b"content"), 201)
        for method in ("GET", "DELETE", "MKCOL", "MOVE", "COPY", "POST", "PROPFIND", "PROPPATCH", "LOCK", "OPTIONS",
                       "PATCH", "TRACE"):
            headers = {"Destination": "/ManageSoftRL/Rules/other"}
            self.assertIn(self.status(method, "/ManageSoftRL/Rules/kept", headers=headers), (403, 405), method)
        self.assertEqual(self.status("GET", "/ManageSoftRL/Rules/"), 404)
        self.assertEqual(self.beacon.uploaded()["Rules/kept"], b"content")
        self.assertEqual(self.status("HEAD", "/ManageSoftRL/Rules/kept"), 200)
        self.assertEqual(self.status("HEAD", "/ManageSoftRL/Rules/other"), 404)

    def test_half_an_upload_is_never_seen(self):
        with socket.create_connection(("127.0.0.1", self.beacon.port)) as plain:
            with self.beacon.context().wrap_socket(plain, server_hostname="localhost") as connection:
                connection.sendall(b"PUT /ManageSoftRL/Half/x HTTP/1.1\r\nHost: localhost\r\n"
                                   b"Content-Length: 300000\r\n\r\n" + b"x" * 200_000)
                incoming = self.beacon.folder / "upload" / ".incoming"
                wait_until(lambda: any(incoming.iterdir()), what="the first half")
                self.assertNotIn("Half/x", self.beacon.uploaded())
        wait_until(lambda: not any(incoming.iterdir()), what="the end of the half")
        self.assertNotIn("Half/x", self.beacon.uploaded())

    def test_downloads_are_read_only_without_listing_and_dot_files(self):
        for target in ("/ManageSoftDL/", "/ManageSoftDL/Policies/", "/ManageSoftDL/.secret",
                       "/ManageSoftDL/Policies/.git/config", "/ManageSoftDL/%2esecret", "/ManageSoftDL/../beacon.conf",
                       "/ManageSoftDL/..%2fbeacon.conf", "/ManageSoftDL/Policies/..%2f..%2fsite/listen.conf"):
            self.assertIn(self.status("GET", target), (400, 404), target)
        for method in ("PUT", "POST", "DELETE", "MOVE"):
            self.assertIn(self.status(method, "/ManageSoftDL/Policies/default.json"), (403, 405), method)

    def test_downloads_have_a_tag_and_ranges(self):
        path = "/ManageSoftDL/Policies/default.json"
        status, headers, body = self.beacon.ask("GET", path)
        self.assertEqual((status, body), (200, b"0123456789"))
        self.assertEqual(self.status("GET", path, headers={"If-None-Match": headers["ETag"]}), 304)
        status, _, body = self.beacon.ask("GET", path, headers={"Range": "bytes=4-", "If-Range": headers["ETag"]})
        self.assertEqual((status, body), (206, b"456789"))
        self.assertEqual(headers["Server"], "nginx")

    def test_each_request_is_logged_with_the_serial_of_its_certificate(self):
        self.status("GET", "/ManageSoftDL/Policies/default.json")
        shown = f"serial={self.pki.client.serial()} verify=SUCCESS"
        wait_until(lambda: shown in self.beacon.requests()[-1], what="our certificate in the log")

    def test_tls_1_2_is_spoken_with_aead_ciphers_only(self):
        def handshake(cipher):
            context = self.beacon.context(version=ssl.TLSVersion.TLSv1_2)
            context.set_ciphers(cipher)
            with socket.create_connection(("127.0.0.1", self.beacon.port)) as plain:
                context.wrap_socket(plain, server_hostname="localhost").close()

        handshake("ECDHE-ECDSA-AES128-GCM-SHA256")
        with self.assertRaisesRegex(ssl.SSLError, "handshake failure"):
            handshake("ECDHE-ECDSA-AES128-SHA256")

    def test_a_device_revoked_by_a_reload_is_out_at_once_even_with_a_session(self):
        def get(context, session=None):
            with socket.create_connection(("127.0.0.1", self.beacon.port)) as plain:
                with context.wrap_socket(plain, server_hostname="localhost", session=session) as connection:
                    connection.sendall(b"GET /ManageSoftDL/Policies/default.json HTTP/1.0\r\n\r\n")
                    return int(connection.recv(1000).split()[1]), connection.session

        held = []
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.beacon.context(self.pki.client_other, version)
            status, session = get(context)
            self.assertEqual(status, 200)
            held.append((context, session))
        self.pki.issuing.revoke(self.pki.client_other)
        self.pki.renew_crls()
        self.beacon.reload()
        for context, session in held:
            self.assertEqual(get(context, session)[0], 400)
        self.assertEqual(self.status("GET", "/ManageSoftDL/Policies/default.json"), 200)


if __name__ == "__main__":
    unittest.main()
