"""Preferences act: each one that is not listed as without effect changes what can be seen from outside. Those of
identity, trust and selection are shown in the tests of these."""

import base64
import contextlib
import hashlib
import os
import re
import shutil
import socket
import subprocess
import unittest

from support.agent import Agent
from support.beacon import Beacon, free_port, wait_until
from support.ca import openssl
from support.device import PROGRAM, Device
from support.relay import SilentPort, dead_port
from support.running import OneBeacon
from support.scripted import ScriptedBeacon
from support.servers import Proxy


# With a hosts file in which localhost has addresses of both families.
WITH_HOSTS = ("unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"')


def why_not_both():
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
        return "needs mount namespaces"
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return "no IPv6 on loopback here"
    return ""


class Preferences(OneBeacon):
    def upload(self, device, *words, code=0, size=1000, **more):
        run = device.run("upload", device.file("x", os.urandom(size)), *words, **more)
        self.assertEqual(run.code, code, run)
        return run


class Network(Preferences):
    def test_network_timeout_ends_a_silent_handshake(self):
        with SilentPort() as silent, Device(self.pki, [silent.port]) as device:
            run = self.upload(device, "-o", "NetworkTimeout=1", "-o", "NetworkRetries=0", code=6)
            self.assertLess(run.seconds, 20, "it waited for the 30 s that are the default")

    def spool(self, device, count, size):
        folder = device.data / "uploads" / "Inventories"
        folder.mkdir(parents=True)
        for number in range(count):
            (folder / str(number)).write_bytes(os.urandom(size))

    def test_network_max_rate_is_for_all_transfers_together(self):
        with Device(self.pki, [self.beacon.port]) as device:
            self.spool(device, 20, 20_000)
            run = device.run("upload", "-o", "NetworkMaxRate=200000")
            self.assertEqual(run.code, 0, run)
            self.assertGreater(run.seconds, 1.5)

    def test_network_usage_leaves_the_line_to_others_for_its_share_of_the_time(self):
        # A megabyte a second, so that the shares alone make the difference on a busy machine too: of each second a fifth
        # is used, and a tenth of a second's room is saved up meanwhile. The first second measures the line.
        with Device(self.pki, [self.beacon.port], NetworkMaxRate="1000000") as device:
            low = self.upload(device, "-o", "NetworkHighSpeed=1000000000000", "-o", "NetworkLowUsage=20",
                              size=1_000_000)
            self.assertGreater(low.seconds, 2)
            high = self.upload(device, "-o", "NetworkHighSpeed=8", "-o", "NetworkHighUsage=20", size=2_000_000)
            self.assertGreater(high.seconds, 3)

    def test_network_max_rate_slows_a_transfer_down(self):
        with Device(self.pki, [self.beacon.port]) as device:
            fast = self.upload(device, size=300_000)
            slow = self.upload(device, "-o", "NetworkMaxRate=100000", size=300_000)
            self.assertGreater(slow.seconds, fast.seconds + 1)

    def test_no_further_try_is_made_after_the_longest_period(self):
        # The beacon asks to be left alone for longer than that: without this end it would be asked again.
        with ScriptedBeacon(self.pki, lambda asked: (503, {"Retry-After": "3"})) as busy:
            with Device(self.pki, [busy.port], NetworkRetries="1") as device:
                self.upload(device, "-o", "MaximumNetworkRetryPeriod=2", code=7)
                self.assertEqual(len(busy.puts()), 1)
                self.upload(device, "-o", "MaximumNetworkRetryPeriod=4", code=7)
                self.assertEqual(len(busy.puts()), 2)  # not before the time that it asked for the first time

    def test_network_min_speed_gives_a_slow_beacon_up(self):
        # 20 kB/s at the most, where a megabyte a second is asked for.
        with Device(self.pki, [self.beacon.port]) as device:
            run = self.upload(device, "-o", "NetworkMaxRate=20000", "-o", "NetworkMinSpeed=8000000", "-o",
                              "NetworkTimeout=1", code=6, size=2_000_000)
            self.assertIn("too slow", run.err)

    def setsockopts(self, device, *words):
        trace = device.work / "trace"
        subprocess.run(["strace", "-f", "-qq", "-e", "trace=setsockopt", "-o", str(trace), PROGRAM, "--config",
                        str(device.config), "upload", str(device.file("x")), *words], check=True, capture_output=True,
                       env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
        return trace.read_text()

    def test_send_tcp_keep_alive_sets_probes_on_the_socket(self):
        with Device(self.pki, [self.beacon.port]) as device:
            on = self.setsockopts(device)
            self.assertRegex(on, r"SO_KEEPALIVE, \[1\]")
            self.assertRegex(on, r"TCP_KEEPIDLE, \[180\]")
            self.assertRegex(on, r"TCP_KEEPINTVL, \[10\]")
            self.assertRegex(on, r"TCP_KEEPCNT, \[10\]")
            self.assertNotIn("SO_KEEPALIVE", self.setsockopts(device, "-o", "SendTCPKeepAlive=False"))

    def test_prefer_ip_version_goes_on_with_the_other_family(self):
        """The beacons listen on IPv4 alone: one is asked without a race, two with one."""
        for version in ("IPv4", "IPv6"):
            for ports in ([self.beacon.port], [self.beacon.port, dead_port()]):
                with self.subTest(version, ports=ports), Device(self.pki, ports, PreferIPVersion=version) as device:
                    self.spool(device, 3, 1000)
                    self.assertEqual(device.run("upload").code, 0)
                    self.upload(device)
        with Device(self.pki, [dead_port()], PreferIPVersion="IPv6", NetworkRetries="0") as device:
            self.assertIn("refuses connections", self.upload(device, code=6).err)

    @unittest.skipIf(why_not_both(), why_not_both())
    def test_prefer_ip_version_chooses_the_family(self):
        port = free_port()
        with Beacon(self.pki, port=port, site=f"listen [::1]:{port} ssl;") as beacon, Device(self.pki, [port]) as device:
            hosts = device.file("hosts", b"127.0.0.1 localhost\n::1 localhost\n")
            for version, address in (("IPv4", "127.0.0.1"), ("IPv6", "::1")):
                self.upload(device, "-o", f"PreferIPVersion={version}", prefix=(*WITH_HOSTS, hosts))
                self.assertEqual(beacon.puts()[-1].split()[0], address)


class Digests(Preferences):
    def digest_seen(self, *words, size=1000):
        """What a beacon was sent as Content-Digest, and what it should have been."""
        with Beacon(self.pki) as beacon, Device(self.pki, [beacon.port]) as device:
            conf = beacon.folder / "beacon.conf"
            beacon.stop()
            conf.write_text(conf.read_text().replace("took=$request_time", "digest=$http_content_digest"))
            beacon.start()
            content = os.urandom(size)
            self.assertEqual(device.run("upload", device.file("x", content), *words).code, 0)
            sent = re.search(r"digest=(\S+)", beacon.puts()[-1]).group(1)
            return sent, "sha-256=:" + base64.b64encode(hashlib.sha256(content).digest()).decode() + ":"

    def test_a_digest_goes_with_every_upload_but_large_ones(self):
        sent, due = self.digest_seen()
        self.assertEqual(sent, due)
        self.assertEqual(self.digest_seen(size=65 * 1024 * 1024)[0], "-")

    def test_never_and_always(self):
        self.assertEqual(self.digest_seen("-o", "UploadDigest=Never")[0], "-")
        sent, due = self.digest_seen("-o", "UploadDigest=Always", size=65 * 1024 * 1024)
        self.assertEqual(sent, due)


class Proxies(Preferences):
    def through(self, proxy):
        return any(f"localhost:{self.beacon.port}" in line for line in proxy.requests())

    def test_the_location_s_proxy_is_used(self):
        with Proxy(self.pki) as proxy:
            location = {"Port": self.beacon.port, "Proxy": f"http://127.0.0.1:{proxy.port}"}
            with Device(self.pki, [location]) as device:
                self.upload(device)
                wait_until(lambda: self.through(proxy), what="a line in the proxy's log")

    def test_https_proxy_as_a_preference_but_not_from_the_environment(self):
        with Proxy(self.pki) as proxy, Device(self.pki, [self.beacon.port]) as device:
            url = f"http://127.0.0.1:{proxy.port}"
            self.upload(device, environment={"https_proxy": url, "HTTPS_PROXY": url, "ALL_PROXY": url})
            self.assertFalse(self.through(proxy))
            self.upload(device, "-o", f"https_proxy={url}", "-o", "no_proxy=localhost")
            self.assertFalse(self.through(proxy))
            self.upload(device, "-o", f"https_proxy={url}")
            wait_until(lambda: self.through(proxy), what="a line in the proxy's log")

    def test_a_proxy_that_refuses_is_told_apart(self):
        with Proxy(self.pki, refuse=True) as proxy:
            location = {"Port": self.beacon.port, "Proxy": f"http://127.0.0.1:{proxy.port}"}
            with Device(self.pki, [location]) as device:
                run = self.upload(device, code=6)
                self.assertIn("the proxy refused", run.err)
                self.assertIn("403", run.err)

    def test_a_proxy_that_is_not_there(self):
        location = {"Port": self.beacon.port, "Proxy": "http://127.0.0.1:1"}
        with Device(self.pki, [location]) as device:
            self.upload(device, code=6)


    def test_http_proxy_is_for_locations_without_protection(self):
        with Proxy(self.pki) as proxy, Beacon(self.pki, plain=True) as plain:
            url = f"http://127.0.0.1:{proxy.port}"
            with Device(self.pki, [{"Port": plain.port, "Protocol": "http"}]) as device:
                self.upload(device, "-o", f"https_proxy={url}")
                self.upload(device, "-o", f"http_proxy={url}", "-o", "no_proxy=localhost")
                self.assertEqual(proxy.requests(), [])
                self.upload(device, "-o", f"http_proxy={url}")
                wait_until(lambda: any(f"PUT http://localhost:{plain.port}/" in line for line in proxy.requests()),
                           what="a line in the proxy's log")
                self.assertEqual(len(plain.puts()), 3)

    def test_the_password_for_a_proxy_in_a_file_of_its_own(self):
        with Proxy(self.pki, user=("agent", "open/se:same@ %")) as proxy:
            url = f"http://agent@127.0.0.1:{proxy.port}"
            with Device(self.pki, [{"Port": self.beacon.port, "Proxy": url}]) as device:
                word = device.folder / "word"
                word.write_text("open/se:same@ %\n")
                word.chmod(0o600)
                self.upload(device, "-o", f"ProxyPasswordFile={word}")
                self.upload(device, "-o", "NetworkRetries=0", code=6)
                word.write_text("wrong\n")
                run = self.upload(device, "-o", f"ProxyPasswordFile={word}", "-o", "NetworkRetries=0", code=6)
                self.assertNotIn("wrong", run.err)
                run = self.upload(device, "-o", f"ProxyPasswordFile={word}.missing", code=3)
                self.assertIn("ProxyPasswordFile: cannot open", run.err)
            with Device(self.pki, [self.beacon.port]) as device:
                word = device.folder / "muster.proxy-password"
                word.write_text("open/se:same@ %")
                word.chmod(0o600)
                run = device.run("upload", device.file("a"), "-o", f"https_proxy={url}",
                                 environment={"CREDENTIALS_DIRECTORY": str(device.folder)})
                self.assertEqual(run.code, 0, run)

    def test_user_and_password_at_a_proxy(self):
        with Proxy(self.pki, user=("agent", "open-sesame")) as proxy:
            for user, code in (("agent:open-sesame@", 0), ("agent:wrong@", 6), ("", 6)):
                location = {"Port": self.beacon.port, "Proxy": f"http://{user}127.0.0.1:{proxy.port}"}
                with self.subTest(user=user), Device(self.pki, [location]) as device:
                    run = self.upload(device, "-o", "NetworkRetries=0", code=code)
                    self.assertEqual("407" in run.err, code != 0, run)
                    self.assertNotIn("wrong", run.err)


class Authentication(Preferences):
    @contextlib.contextmanager
    def guarded(self):
        """A beacon that asks for a user and password beside the certificate (RFC 7617)."""
        with Beacon(self.pki) as beacon:
            users = beacon.folder / "users"
            users.write_text("agent:{PLAIN}open-sesame\n")
            beacon.stop()
            listen = beacon.folder / "site" / "listen.conf"
            listen.write_text(listen.read_text() + f'auth_basic "beacon";\nauth_basic_user_file {users};\n')
            beacon.start()
            yield beacon

    def test_user_and_password(self):
        with self.guarded() as beacon:
            with Device(self.pki, [{"Port": beacon.port}]) as device:
                run = self.upload(device, code=7)
                self.assertIn("HTTP 401", run.err)
                self.assertIn("User and Password", run.err)
            with Device(self.pki, [{"Port": beacon.port, "User": "agent", "Password": "open-sesame"}]) as device:
                self.upload(device)
            with Device(self.pki, [{"Port": beacon.port, "User": "agent", "Password": "wrong"}]) as device:
                self.upload(device, code=7)

    def test_the_password_in_a_file_of_its_own_or_a_credential(self):
        with self.guarded() as beacon:
            with Device(self.pki, [{"Port": beacon.port, "User": "agent"}]) as device:
                credentials = device.folder / "credentials"
                credentials.mkdir()
                word = credentials / "muster.password.beacon1"
                word.write_bytes("\ufeffopen-sesame\r\n".encode("utf-16-le"))
                word.chmod(0o600)
                self.assertEqual(device.run("upload", device.file("a"), environment={"CREDENTIALS_DIRECTORY": str(credentials)}).code, 0)
                self.upload(device, code=7)
            with Device(self.pki, [{"Port": beacon.port, "User": "agent", "PasswordFile": str(word)}]) as device:
                word.parent.mkdir(parents=True)
                run = self.upload(device, code=3)
                self.assertIn("PasswordFile: cannot open", run.err)
                word.write_text("open-sesame\nmore\n")
                word.chmod(0o644)
                self.assertIn("it is accessible to other users", self.upload(device, code=3).err)
                word.chmod(0o600)
                self.upload(device)
                shutil.rmtree(word.parent.parent)
            both = {"Port": beacon.port, "User": "agent", "Password": "open-sesame", "PasswordFile": "/word"}
            with Device(self.pki, [both]) as device:
                self.assertIn("PasswordFile and Password are both set", self.upload(device, code=3).err)


class Trust(Preferences):
    def test_roots_in_a_folder_by_their_hash(self):
        with Device(self.pki, [self.beacon.port]) as device:
            folder = device.folder / "roots"
            folder.mkdir()
            (device.ssl / "cert.pem").rename(folder / "root.pem")
            openssl("rehash", folder)
            self.upload(device, "-o", f"SSLCACertificatePath={folder}")
            self.upload(device, code=5)


class Agents(Preferences):
    def logged(self, **preferences):
        """What an agent without -v logs that uploads one file, has a preference that is warned of, and cannot remember."""
        with Device(self.pki, [self.beacon.port], NetworkTimout="5", **preferences) as device:
            (device.data / "state" / "beacons").mkdir(parents=True)  # a folder where a file belongs
            device.put("a")
            with Agent(device, verbosity=()) as agent:
                wait_until(lambda: not device.waiting(), 20, "the upload")
                self.assertEqual(agent.stop(), 0)
                return agent.log()

    def test_log_level_says_how_much_is_logged(self):
        for preferences, told in (({"LogLevel": "debug"}, ("debug", "info", "warning")),
                                  ({}, ("info", "warning")),
                                  ({"LogLevel": "Warning"}, ("warning",)),
                                  ({"LogLevel": "error"}, ()),
                                  ({"LogLevel": "off"}, ())):
            with self.subTest(**preferences):
                log = self.logged(**preferences)
                self.assertEqual({level for level in ("debug", "info", "warning") if f" {level}: " in log}, set(told), log)

    def test_log_level_gives_way_to_the_command_line(self):
        with Device(self.pki, [self.beacon.port], LogLevel="off") as device, Agent(device) as agent:
            device.put("a")
            wait_until(lambda: "uploaded" in agent.log(), 20, "a line in the log")

    def test_spool_quota_makes_room_of_the_oldest(self):
        with Device(self.pki, [free_port()], NetworkRetries="0") as device:
            for age, name in enumerate(("newest", "middle", "oldest")):
                path = device.put(name, bytes(1000))
                os.utime(path, (1_700_000_000 - age, 1_700_000_000 - age))
            self.assertEqual(device.run("upload", "-o", "SpoolQuota=3000").code, 6)
            self.assertEqual(len(device.waiting()), 3)
            run = device.run("upload", "-o", "SpoolQuota=2999")
            self.assertEqual(device.waiting(), {"Inventories/newest", "Inventories/middle"})
            self.assertIn("oldest", run.err)
            self.assertIn("1 removed undelivered for SpoolQuota", run.out)

    def test_spool_quota_holds_without_a_certificate(self):
        with Device(self.pki, [free_port()], client=None) as device:
            for number in range(5):
                device.put(f"f{number}", bytes(1000))
            self.assertEqual(device.run("upload", "-o", "SpoolQuota=2000").code, 4)
            self.assertEqual(len(device.waiting()), 2)
            self.assertEqual(device.run("status", "--json").json()["dropped_for_quota"], 3)


class Names(Preferences):
    def test_an_unknown_name_is_a_warning_with_the_nearest(self):
        with Device(self.pki, [self.beacon.port], NetworkTimout="5") as device:
            run = self.upload(device)
            self.assertIn("warning", run.err)
            self.assertIn("NetworkTimeout", run.err)

    def test_every_default_path_starts_in_the_data_directory(self):
        with Device(self.pki, [self.beacon.port]) as device:
            elsewhere = device.folder / "elsewhere"
            run = self.upload(device, "-o", f"DataDirectory={elsewhere}", code=4)
            self.assertIn(str(elsewhere / "etc/ssl/client/client_cert.pem"), run.err)
            shutil.copytree(device.data, elsewhere)
            self.upload(device, "-o", f"DataDirectory={elsewhere}")
            self.assertTrue((elsewhere / "state").is_dir())

    def test_variables_have_their_values(self):
        with Device(self.pki, [{"Port": self.beacon.port, "Name": "for $(MachineId)"}], MachineId="PC-0042") as device:
            rows = device.run("config", "get", "Name", "--json").json()
            self.assertIn("for PC-0042", [row["value"] for row in rows])


if __name__ == "__main__":
    unittest.main()
