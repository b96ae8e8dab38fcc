"""What a hostile or broken beacon may answer, and what it gains by that: nothing is installed that is short or was not
verified, nothing counts as delivered that was not sent, nobody else hears of it; one line, a clear code, and little
memory, disk and time."""

import base64
import gzip
import hashlib
import subprocess
import unittest

from support.ca import shared_pki
from support.clock import faster
from support.device import is_instrumented
from support.hostile import Hostile, MeasuredDevice
from support.running import Parties

REACHED_NOT, REFUSED, LOCAL_FILE = 6, 7, 8
MOST_MEMORY = 32  # MiB
LONGEST = 12      # seconds, with NetworkTimeout=1
LARGEST_FILE = 4 << 20

OK = "HTTP/1.1 200 OK\r\n"
CREATED = "HTTP/1.1 201 Created\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n\r\n"
LARGE_CHUNK = b"10000\r\n" + b"x" * 65536 + b"\r\n"
BOMB = gzip.compress(bytes(100_000_000), 9)
SMALL = gzip.compress(b"thank you")
SHA256 = base64.b64encode(hashlib.sha256(b"hello").digest()).decode()
SHA512 = base64.b64encode(hashlib.sha512(b"hello").digest()).decode()
BOTH = "a length beside a transfer coding"
REDIRECTS = (300, 301, 302, 303, 305, 307, 308)

# Some answers are refused by libcurl 8 itself, before they come to us, and in its own words.
WORDS_OF_LIBCURL_8 = {
    "transfer coding": ["Unsolicited Transfer-Encoding"],
    "no number": ["Invalid Content-Length"],
    "995 bytes remaining": ["995 bytes missing", "unexpected eof while reading"],
    "99 bytes remaining": ["99 bytes missing"],
    "a line of its head is too long": ["field grew larger than allowed"],
    "256 KiB of header fields": ["Too many response headers"],
    "response code": ["Invalid status line"],
}


def libcurl_is_newer():
    version = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout
    return int(version.split("libcurl/")[1].split(".")[0]) >= 8


def chunked(body):
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def says(*pieces):
    return lambda talk: talk.send(*pieces)


def endless(start, piece, pause=0.0):
    def script(talk):
        talk.send(start)
        talk.send_for(20, piece, pause)

    return script


def cut(*pieces):
    def script(talk):
        talk.send(*pieces)
        talk.cut()

    return script


class HostileBeacons(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pki = shared_pki()
        cls.instrumented = is_instrumented()
        cls.newer_libcurl = libcurl_is_newer()

    def setUp(self):
        # Whatever a beacon names to make us go elsewhere is here.
        self.bystander = Hostile(self.pki).__enter__()
        self.addCleanup(self.bystander.__exit__)

    def run_against(self, script, act, **more):
        """The run and the device's folder afterwards, judged for what every run keeps to."""
        with Hostile(self.pki, script) as hostile, MeasuredDevice(self.pki, [hostile.port], NetworkRetries="0", UploadVerify="None",
                                                                  NetworkTimeout="1", **more) as device:
            run = act(device)
            run.talks = hostile.talks
            left = {path.name: path.read_bytes() for path in device.work.iterdir()}
        self.assertLess(run.seconds, LONGEST, run)
        if not self.instrumented:
            self.assertLess(run.peak, MOST_MEMORY, run)
        self.assertEqual(self.bystander.connections, 0, run)
        return run, left

    def assert_failed(self, run, code, words):
        self.assertEqual(run.code, code, run)
        self.assertEqual(len(run.lines()), 1, run)
        self.assertTrue(run.lines()[0].isprintable(), run)
        accepted = [words, *(WORDS_OF_LIBCURL_8.get(words, []) if self.newer_libcurl else [])]
        self.assertTrue(any(one in run.err for one in accepted), f"none of {accepted} in {run}")
        self.assertIn("; ", run.err, "no remedy")


class Downloads(HostileBeacons):
    def download(self, script, *words):
        def act(device):
            device.file("f", b"old")
            return device.run("download", "f", *words, largest_file=LARGEST_FILE)

        return self.run_against(script, act)

    def refused(self, cases, code=REFUSED):
        for words, script in cases:
            with self.subTest(words):
                run, left = self.download(script)
                self.assert_failed(run, code, words)
                self.assertEqual(left, {"f": b"old"})
                self.assertEqual(len(run.talks), 1)

    def test_the_end_of_the_answer_cannot_be_told(self):
        self.refused([
            ("not complete", says(OK, "\r\nhello")),
            ("not complete", cut(OK, "\r\nhello")),
            ("transfer coding", says(OK, "Transfer-Encoding: xchunked\r\n\r\nhello")),
            ("two lengths", says(OK, "Content-Length: 5\r\nContent-Length: 9\r\n\r\n123456789")),
            ("two lengths", says(OK, "Content-Length: 9\r\nContent-Length: 5\r\n\r\n123456789")),
            ("no number", says(OK, "Content-Length: 5, 9\r\n\r\n123456789")),
            ("no number", says(OK, "Content-Length: +5\r\n\r\n123456789")),
            ("Invalid Content-Length", says(OK, "Content-Length: -5\r\n\r\n123456789")),
            ("not complete", says(OK, "Content-Length: 99999999999999999999\r\n\r\n123456789")),
        ])

    def test_cut_short(self):
        self.refused([
            ("995 bytes remaining", says(OK, "Content-Length: 1000\r\n\r\nhello")),
            ("995 bytes remaining", cut(OK, "Content-Length: 1000\r\n\r\nhello")),
            ("connection was lost", says(OK, "Content-Length: 1000000000\r\n\r\nhello")),
            ("connection was lost", says(OK, CHUNKED, "5\r\nhello\r\n")),
            ("connection was lost", says(OK, CHUNKED, "zz\r\nhello\r\n")),
            ("connection was lost", cut()),
        ], REACHED_NOT)

    def test_a_length_beside_chunks_is_refused(self):
        self.refused([
            (BOTH, says(OK, "Content-Length: 9\r\n", CHUNKED, chunked(b"hello"))),
            (BOTH, says(OK, "Content-Length: 5\r\n", CHUNKED, chunked(b"hello"))),
            (BOTH, says(OK, "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", chunked(b"hello"))),
            (BOTH, endless(f"{OK}Content-Length: 1000\r\n{CHUNKED}", LARGE_CHUNK)),
        ])

    def test_another_digest(self):
        digest = "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"
        for field in ("Repr-Digest", "Content-Digest", "repr-digest"):
            answer = says(OK, f'ETag: "e"\r\n{field}: md5=:AA:, {digest}\r\nContent-Length: 5\r\n\r\nhello')
            self.refused([("SHA-256", answer)])
            run, _ = self.download(answer, "-O", "-")
            self.assert_failed(run, REFUSED, "do not use what was printed")

    def test_digests_that_do_not_fit(self):
        """Of the content "hello": wrong, malformed, or in contradiction with another one."""
        other256 = "A" * 43 + "="
        other512 = "A" * 86 + "=="
        wrong = [("SHA-512", [f"Repr-Digest: sha-512=:{other512}:"]),
                 ("SHA-512", [f"Content-Digest: sha-512=:{other512}:"]),
                 ("SHA-512", [f"Repr-Digest: sha-256=:{SHA256}:, sha-512=:{other512}:"]),
                 ("SHA-256", [f"Repr-Digest: sha-512=:{SHA512}:, sha-256=:{other256}:"])]
        unreadable = ["sha-256", "sha-256=", "sha-256=::", "sha-256=:AAAA:", f"sha-256={SHA256}", f'sha-256="{SHA256}"',
                      f"sha-256=:{SHA256}", f"sha-256=:{SHA256[:-1]}!:", f"sha-256=:{SHA256}:x", "sha-512=:AA:",
                      f"sha-512=:{SHA256}:", f"sha-256=:{SHA512}:", f"md5=:AA:, sha-256=:{SHA256[:-2]}=:"]
        wrong += [("cannot be read", [f"{name}: {value}"]) for value in unreadable
                  for name in ("Repr-Digest", "Content-Digest")]
        wrong += [("contradict", [f"Repr-Digest: sha-256=:{SHA256}:, sha-256=:{other256}:"]),
                  ("contradict", [f"Repr-Digest: sha-256=:{SHA256}:", f"Repr-Digest: sha-256=:{other256}:"]),
                  ("contradict", [f"Repr-Digest: sha-256=:{SHA256}:", f"Content-Digest: sha-256=:{other256}:"])]
        for words, fields in wrong:
            answer = says(OK, "".join(f"{field}\r\n" for field in fields), "Content-Length: 5\r\n\r\nhello")
            self.refused([(words, answer)])
            run, _ = self.download(answer, "-O", "-")
            self.assert_failed(run, REFUSED, words)

    def test_digests_that_fit(self):
        for fields in ([f"Repr-Digest: sha-256=:{SHA256}:"], [f"Repr-Digest: sha-512=:{SHA512}:"],
                       [f"repr-digest: sha-512=:{SHA512}:,sha-256=:{SHA256}:;a=b", f"Content-Digest: SHA-256=:{SHA256}:"],
                       ["Repr-Digest: md5=:AA:, unixsum=30637", f"Repr-Digest: sha-256=:{SHA256}:"],
                       ["Repr-Digest: crc32c=broken"], ["Repr-Digest:"]):
            with self.subTest(fields):
                answer = says(OK, "".join(f"{field}\r\n" for field in fields), "Content-Length: 5\r\n\r\nhello")
                run, left = self.download(answer)
                self.assertEqual((run.code, left), (0, {"f": b"hello"}), run)
                run, _ = self.download(answer, "-O", "-")
                self.assertEqual((run.code, run.out), (0, "hello"), run)

    def test_codings_that_were_not_asked_for_are_refused(self):
        length = f"Content-Length: {len(BOMB)}\r\n\r\n"
        for coding in ("gzip", "x-gzip", "deflate", "br", "identity, gzip", "GZIP"):
            answer = says(OK, f"Content-Encoding: {coding}\r\n", length, BOMB)
            self.refused([("a coding that was not asked for", answer)])
            run, _ = self.download(answer, "-O", "-")
            self.assert_failed(run, REFUSED, "a coding that was not asked for")
            self.assertEqual(run.talks[0].fields["accept-encoding"], "identity")
            self.assertNotIn("te", run.talks[0].fields)

    def test_a_value_that_goes_on_in_the_next_line_counts(self):
        for line, words in (("Content-Encoding:\r\n gzip\r\n", "a coding that was not asked for"),
                            ("Content-Encoding:\r\n\tgzip\r\n", "a coding that was not asked for"),
                            ("Repr-Digest:\r\n sha-256=:AAAA:\r\n", "igest"),
                            (f"Repr-Digest: sha-512=:{SHA512}:,\r\n sha-256=:{SHA512}:\r\n", "igest"),
                            ("Content-Length: 5\r\n 0\r\n", "ength")):
            more = "" if line.startswith("Content-Length") else "Content-Length: 5\r\n"
            with self.subTest(line):
                run, left = self.download(says(OK, line, more, "\r\nhello"))
                self.assertEqual((run.code, left), (REFUSED, {"f": b"old"}), run)
                self.assertIn(words, run.err)
        run, left = self.download(says(OK, f"Repr-Digest: sha-512=:{SHA512}:,\r\n sha-256=:{SHA256}:\r\n"
                                       "Content-Length: 5\r\n\r\nhello"))
        self.assertEqual((run.code, left), (0, {"f": b"hello"}), run)

    def test_a_coding_that_is_none_is_no_coding(self):
        for coding in ("identity", "Identity", ""):
            run, left = self.download(says(OK, f"Content-Encoding: {coding}\r\nContent-Length: 5\r\n\r\nhello"))
            self.assertEqual((run.code, left), (0, {"f": b"hello"}), run)

    def test_two_values_where_one_may_stand_are_refused(self):
        for name, values in (("ETag", ('"a"', '"b"')), ("ETag", ('"a"', 'W/"a"')),
                             ("Last-Modified", ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:38 GMT"))):
            fields = "".join(f"{name}: {value}\r\n" for value in values)
            self.refused([(f"two values of {name}", says(OK, fields, "Content-Length: 5\r\n\r\nhello"))])

    def test_more_than_maximumdownloadsize_is_refused_before_the_disk_is_full(self):
        named = says(OK, "Content-Length: 100001\r\n\r\n", b"x" * 100_001)
        whole = says(OK, 'ETag: "e"\r\n', CHUNKED, chunked(b"x" * 100_001))
        unending = endless(f'{OK}ETag: "e"\r\n{CHUNKED}', LARGE_CHUNK)
        for answer in (named, whole, unending):
            for words in ((), ("-O", "-")):
                run, left = self.download(answer, *words, "-o", "MaximumDownloadSize=100000")
                self.assert_failed(run, REFUSED, "MaximumDownloadSize")
                self.assertEqual(left, {"f": b"old"})
                self.assertLessEqual(len(run.out), 100_000)

    def test_no_download_is_larger_than_two_gibibytes_by_default(self):
        self.refused([("MaximumDownloadSize allows (2147483648 bytes)",
                       says(OK, "Content-Length: 2147483649\r\n\r\nhello"))])

    def test_as_much_as_maximumdownloadsize_is_installed(self):
        content = b"x" * 100_000
        for answer in (says(OK, "Content-Length: 100000\r\n\r\n", content), says(OK, CHUNKED, chunked(content))):
            run, left = self.download(answer, "-o", "MaximumDownloadSize=100000")
            self.assertEqual((run.code, left), (0, {"f": content}), run)

    def test_compressed_transfers_are_refused(self):
        self.refused([
            ("transfer coding", says(OK, "Transfer-Encoding: gzip, chunked\r\n\r\n", chunked(BOMB))),
            ("transfer coding", says(OK, "Transfer-Encoding: gzip\r\n", CHUNKED, chunked(BOMB))),
            ("transfer coding", says(OK, "Transfer-Encoding: gzip\r\n\r\n", BOMB)),
        ])

    def test_endless_content_ends_at_the_disk_and_leaves_it_empty(self):
        self.refused([("cannot write", endless(f'{OK}ETag: "e"\r\n{CHUNKED}', LARGE_CHUNK))], LOCAL_FILE)

    def test_endless_heads_and_trailers(self):
        self.refused([
            ("a line of its head is too long", endless(f"{OK}A: ", b"x" * 65536)),
            ("256 KiB of header fields", endless(OK, b"Name: value\r\n" * 5000)),
            ("256 KiB of header fields", endless("", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)),
            ("256 KiB of header fields", endless("", b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" * 1000)),
            ("256 KiB of header fields", endless(f"{OK}{CHUNKED}5\r\nhello\r\n0\r\n", b"Name: value\r\n" * 5000)),
        ])

    def test_trickling_and_silent_answers(self):
        self.refused([
            ("too slow or silent", lambda talk: talk.wait(10)),
            ("too slow or silent", endless(f"{OK}Content-Length: 1000\r\n\r\n", b"x", 0.1)),
            ("too slow or silent", endless(OK, b"A: b\r\n", 0.1)),
            ("too slow or silent", endless(f"{OK}{CHUNKED}5;a=b", b"x" * 65536)),
        ], REACHED_NOT)

    def test_redirects_are_not_followed(self):
        elsewhere = f"localhost:{self.bystander.port}/f"
        for scheme in ("https", "http"):
            self.refused([(f"HTTP {status}", says(f"HTTP/1.1 {status} X\r\nLocation: {scheme}://{elsewhere}\r\n"
                                                  "Content-Length: 0\r\n\r\n")) for status in REDIRECTS])

    def test_no_other_field_leads_elsewhere(self):
        port = self.bystander.port
        fields = (f'Location: https://localhost:{port}/\r\nContent-Location: https://localhost:{port}/\r\n'
                  f'Refresh: 0; url=https://localhost:{port}/\r\nLink: <https://localhost:{port}/>; rel=preload\r\n'
                  f'Alt-Svc: http/1.1="localhost:{port}"; ma=9\r\nConnection: close\r\n')
        run, left = self.download(says(OK, fields, "Content-Length: 5\r\n\r\nhello"))
        self.assertEqual((run.code, left), (0, {"f": b"hello"}), run)

    def test_credentials_are_not_given_away(self):
        run, _ = self.download(says("HTTP/1.1 401 X\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n"
                                    'WWW-Authenticate: Digest realm="a", nonce="b"\r\nContent-Length: 0\r\n\r\n'))
        self.assert_failed(run, REFUSED, "HTTP 401")
        self.assertEqual([talk.fields.get("authorization") for talk in run.talks], [None])

    def test_what_is_not_an_answer_to_this_request(self):
        whole = "Content-Length: 5\r\n\r\nhello"
        self.refused([
            ("HTTP/0.9", says("hello")),
            ("HTTP version", says("HTTP/3.7 200 OK\r\n", whole)),
            ("response code", says("HTTP/1.1 1000 OK\r\n", whole)),
            ("status 0", says("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhello")),
            ("HTTP 204", says("HTTP/1.1 204 No Content\r\n\r\n")),
            ("HTTP 304", says("HTTP/1.1 304 Not Modified\r\n\r\n")),
            ("another part", says("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/5\r\n", whole)),
            ("Nul byte", says(OK, "A: \0b\r\n", whole)),
        ])
        rest = says("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-9/10\r\n", whole)
        run, _ = self.download(rest, "-O", "-")
        self.assert_failed(run, REFUSED, "HTTP 206 to a request for the whole")
        self.assertEqual(run.out, "")

    def test_refusals_without_end(self):
        self.refused([("HTTP 500", endless(f"HTTP/1.1 500 X\r\n{CHUNKED}", LARGE_CHUNK))])

    def test_words_of_a_beacon_forge_no_line(self):
        forged = "\x1b[31m\x07\r\nmuster: all is well\r\n"
        self.refused([
            ("HTTP 403", says(f"HTTP/1.1 403 \x1b[1m\rX\r\nContent-Length: {len(forged)}\r\n\r\n{forged}")),
            ("HTTP 302", says("HTTP/1.1 302 X\r\nLocation: https://a/\x1b[31m\x07\r\nContent-Length: 0\r\n\r\n")),
        ])


class Uploads(HostileBeacons):
    def upload(self, script, size, *words):
        content = b"y" * size

        def act(device):
            return device.run("upload", device.file("f", content), "--remove", *words)

        run, left = self.run_against(script, act)
        self.assertEqual(left, {} if run.code == 0 else {"f": content}, run)
        return run

    def refused(self, cases, code=REFUSED, size=100, talks=1):
        for words, script in cases:
            with self.subTest(words, size=size):
                run = self.upload(script, size)
                self.assert_failed(run, code, words)
                if talks is not None:
                    self.assertEqual(len(run.talks), talks)

    @staticmethod
    def after_body(script):
        def whole(talk):
            talk.read_body()
            script(talk)

        return whole

    def test_a_plain_acceptance(self):
        for size in (0, 100, 5_000_000):
            run = self.upload(self.after_body(says(CREATED, "Content-Length: 0\r\n\r\n")), size)
            self.assertEqual(run.code, 0, run)

    def test_an_answer_of_some_size_is_read(self):
        for body in (b"thank you", b"x" * 65536):
            run = self.upload(self.after_body(says(CREATED, f"Content-Length: {len(body)}\r\n\r\n", body)), 100)
            self.assertEqual(run.code, 0, run)

    def test_a_coding_of_the_answer_does_not_matter(self):
        answer = says(CREATED, f"Content-Encoding: gzip\r\nContent-Length: {len(SMALL)}\r\n\r\n", SMALL)
        self.assertEqual(self.upload(self.after_body(answer), 100).code, 0)

    def test_acceptance_of_what_was_not_sent(self):
        def in_the_middle(talk):
            talk.send("HTTP/1.1 100 Continue\r\n\r\n")
            talk.connection.recv(65536)
            talk.send(CREATED, "Connection: close\r\nContent-Length: 0\r\n\r\n")

        words = "answers before it has the file"
        early = (words, says(CREATED, "Content-Length: 0\r\n\r\n"))
        self.refused([early], size=200_000, talks=None)
        self.refused([early, (words, in_the_middle)], size=20_000_000, talks=None)

    def test_acceptance_that_is_not_whole(self):
        self.refused([
            ("not complete", self.after_body(says(CREATED, "\r\n"))),
            ("two lengths", self.after_body(says(CREATED, "Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello"))),
            ("transfer coding",
             self.after_body(says(CREATED, "Transfer-Encoding: gzip, chunked\r\n\r\n", chunked(BOMB)))),
            (BOTH, self.after_body(says(CREATED, "Content-Length: 5\r\n", CHUNKED, chunked(b"hello")))),
            (BOTH, self.after_body(says(CREATED, "Content-Length: 0\r\n", CHUNKED, "0\r\n\r\n"))),
            (BOTH, self.after_body(says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
                                        chunked(b"hello")))),
        ])
        self.refused([
            ("99 bytes remaining", self.after_body(says(CREATED, "Content-Length: 100\r\n\r\nx"))),
            ("connection was lost", self.after_body(cut(CREATED, CHUNKED, "5\r\nhello\r\n"))),
        ], REACHED_NOT)
        # Without a word: asked once more, as the reason may have been lost.
        self.refused([("connection was lost", self.after_body(cut()))], REACHED_NOT, talks=2)

    def test_endless_answers(self):
        self.refused([
            ("larger than allowed", self.after_body(endless(CREATED + CHUNKED, LARGE_CHUNK))),
            ("larger than allowed", self.after_body(says(CREATED, "Content-Length: 65537\r\n\r\n", b"x" * 65537))),
            ("larger than allowed", self.after_body(says(CREATED, CHUNKED, chunked(b"x" * 65537)))),
            ("HTTP 500", self.after_body(endless(f"HTTP/1.1 500 X\r\n{CHUNKED}", LARGE_CHUNK))),
            ("256 KiB of header fields", self.after_body(endless(CREATED, b"Name: value\r\n" * 5000))),
        ])
        self.refused([("256 KiB of header fields", endless("", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000))],
                     size=200_000)

    def test_trickling_and_silent_answers(self):
        self.refused([
            ("too slow or silent", self.after_body(lambda talk: talk.wait(10))),
            ("too slow or silent", self.after_body(endless(f"{CREATED}Content-Length: 1000\r\n\r\n", b"x", 0.1))),
        ], REACHED_NOT)
        self.refused([
            ("too slow or silent", lambda talk: talk.wait(10)),
            ("too slow or silent", endless("", b"HTTP/1.1 102 Processing\r\n\r\n", 0.5)),
        ], REACHED_NOT, size=20_000_000)

    def test_a_body_that_nobody_reads(self):
        def takes_nothing(talk):
            talk.send("HTTP/1.1 100 Continue\r\n\r\n")
            talk.wait(15)

        self.refused([("too slow or silent", takes_nothing)], REACHED_NOT, size=20_000_000)

    def test_redirects_take_no_body_elsewhere(self):
        for size in (100, 200_000):
            self.refused([(f"HTTP {status}",
                           says(f"HTTP/1.1 {status} X\r\nLocation: https://localhost:{self.bystander.port}/f\r\n"
                                "Content-Length: 0\r\n\r\n")) for status in (301, 307, 308)], size=size)

    def test_an_expectation_that_is_refused_is_given_up(self):
        refusal = "HTTP/1.1 417 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

        def knows_none(talk):
            if "expect" in talk.fields:
                return talk.send(refusal)
            talk.read_body()
            return talk.send(CREATED, "Content-Length: 0\r\n\r\n")

        run = self.upload(knows_none, 200_000)
        self.assertEqual((run.code, run.err), (0, ""), run)
        self.assertEqual(["expect" in talk.fields for talk in run.talks if talk.method == "PUT"], [True, False])
        run = self.upload(says(refusal), 200_000)
        self.assert_failed(run, REFUSED, "HTTP 417")
        self.assertEqual(len(run.talks), 2)

    def test_cookies_are_not_kept(self):
        answer = self.after_body(says(CREATED, "Set-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"))
        run, _ = self.run_against(answer, lambda device: device.run("upload", device.file("a"), device.file("b")))
        self.assertEqual([talk.fields.get("cookie") for talk in run.talks], [None, None])


class NeverSilent(Parties):
    """Each byte comes in time, and the transfer would go on for hours. Muster's clock is sixty times as fast here, so
    that its ten minutes take ten seconds."""

    def run_against(self, script, messages, *words):
        beacon = self.entered(Hostile(self.pki, script))
        device = self.device(beacon.port, NetworkRetries="0", UploadVerify="First")
        words = [device.file("a") if word == "a" else word for word in words]
        run = device.run(*words, timeout=120, **faster(60))
        self.assertEqual(run.code, REACHED_NOT, run)
        self.assertRegex(run.err, messages)
        self.assertEqual(len(run.lines()), 1, run)
        return device

    def test_a_download_ends_after_ten_minutes_and_the_time_that_its_size_needs(self):
        # The clock of the beacon is not that of the program: 800 bytes a second for it, and on a busy machine not below 100.
        for head in ('ETag: "e"\r\nContent-Length: 1000000\r\n\r\n', "Content-Length: 2000000\r\n\r\n"):
            def script(talk, head=head):
                talk.send(OK, head)
                talk.send_for(100, b"x" * 960, 0.02)

            with self.subTest(head):
                device = self.run_against(script, "took too long in all", "download", "f")
                self.assertFalse((device.work / "f").exists())

    def test_an_upload_whose_answer_never_ends(self):
        def trickles(*pieces):
            def script(talk):
                talk.read_body()
                talk.send(*pieces[:-1])
                talk.send_for(100, pieces[-1], 0.02)

            return script

        # Heads do not count for its speed.
        for script in (trickles("HTTP/1.1 102 Processing\r\n\r\n" * 9),
                       trickles(CREATED, "A: b\r\n" * 40),
                       trickles(CREATED, CHUNKED, b"1;" + b"x" * 116 + b"\r\nx\r\n"),
                       trickles(CREATED, CHUNKED, b"70\r\n" + b"x" * 112 + b"\r\n")):
            device = self.run_against(script, "took too long in all|too slow or silent", "upload", "a", "--remove")
            self.assertTrue((device.work / "a").exists())


if __name__ == "__main__":
    unittest.main()
