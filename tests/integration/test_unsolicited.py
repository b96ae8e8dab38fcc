"""An answer that nobody asked for, on a connection that was kept open, is not taken for the answer to the next request:
that one goes out on a new connection."""

import socket
import threading
import unittest

from support.agent import Agent
from support.beacon import wait_until
from support.hostile import Talk
from support.listener import Listener, server_context
from support.relay import close
from support.running import Parties

CREATED = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"


def answer(status, *fields):
    return "".join([f"HTTP/1.1 {status} X\r\n", *(f"{field}\r\n" for field in fields), "Content-Length: 0\r\n\r\n"])


class KeepingBeacon(Listener):
    """Keeps its connections open, and what it is sent. On the first one it says `extra` after its first answer: at once
    (`idle` false), or once nothing more comes; then it closes it where `closes` says so."""

    def __init__(self, pki, extra, idle=True, closes=False):
        super().__init__()
        self.extra, self.idle, self.closes = extra, idle, closes
        self.kept = {}
        self.said = threading.Event()
        self.context = server_context(pki)

    def _request(self, connection):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(65536)
            if not piece:
                return None
            head += piece
        return Talk(connection, *head.split(b"\r\n\r\n", 1))

    def _take(self, talk):
        body = talk.read_body()
        self.kept[talk.target.rpartition("/")[2]] = body

    def serve(self, plain, number):
        first = number == 1
        try:
            connection = self.context.wrap_socket(plain, server_side=True)
            while talk := self._request(connection):
                if talk.method == "GET":
                    talk.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfile")
                    continue
                self._take(talk)
                talk.send(CREATED)
                if first:
                    first = False
                    if self._speak_up(talk):
                        return
        except (OSError, ValueError):
            pass
        finally:
            close(plain)

    def _speak_up(self, talk):
        if self.idle:
            talk.connection.settimeout(0.3)
            try:
                talk.connection.recv(1)
            except socket.timeout:
                pass
            talk.connection.settimeout(None)
        if callable(self.extra):
            self.extra(self, talk)
        else:
            talk.send(self.extra)
        self.said.set()
        return self.closes


EXTRAS = [answer(408, "Connection: close"), answer(408), answer(400, "Connection: close"), answer(413), answer(500),
          answer(503, "Retry-After: 3600"), CREATED, answer(200), answer(204), answer(403), CREATED + answer(408),
          "HTTP/1.1 100 Continue\r\n\r\n", "garbage\r\n\r\n"]


class Unsolicited(Parties):
    def beacon(self, extra, **more):
        return self.entered(KeepingBeacon(self.pki, extra, **more))

    def device(self, port):
        return super().device(port, UploadVerify="None", NetworkRetries="0")

    def test_what_came_on_an_idle_connection_of_the_agent(self):
        for extra in EXTRAS:
            for closes in (False, True):
                with self.subTest(extra[:40], closes=closes):
                    beacon = self.beacon(extra, closes=closes)
                    device = self.device(beacon.port)
                    with Agent(device) as agent:
                        device.put("first", b"1")
                        wait_until(beacon.said.is_set)
                        device.put("second", b"22")
                        wait_until(lambda: not device.waiting(), what=agent.log())
                        self.assertEqual(beacon.kept, {"first": b"1", "second": b"22"}, agent.log())
                        self.assertEqual(device.rejected(), {})
                        self.assertNotIn("error", agent.log())

    def test_what_came_with_the_answer_before(self):
        for extra in EXTRAS:
            with self.subTest(extra[:40]):
                beacon = self.beacon(extra, idle=False)
                device = self.device(beacon.port)
                run = device.run("upload", device.file("first", b"1"), device.file("second", b"22"))
                self.assertEqual(run.code, 0, run)
                self.assertEqual(beacon.kept, {"first": b"1", "second": b"22"})

    def test_a_timeout_that_crosses_the_next_request(self):
        """The beacon has given the connection up while the request was on its way."""
        def cross(beacon, talk):
            talk.connection.recv(10)  # the next request is under way
            talk.send(answer(408, "Connection: close"))

        for size in (2, 10_000):
            with self.subTest(size):
                beacon = self.beacon(cross, idle=False, closes=True)
                device = self.device(beacon.port)
                run = device.run("upload", device.file("first", b"1"), device.file("second", bytes(size)))
                self.assertEqual(run.code, 0, run)
                self.assertEqual(beacon.kept, {"first": b"1", "second": bytes(size)})

    def test_a_timeout_on_a_new_connection_is_an_answer(self):
        beacon = self.beacon(answer(408))
        beacon._take = lambda talk: talk.send(answer(408))
        device = self.device(beacon.port)
        run = device.run("upload", device.file("first", b"1"))
        self.assertEqual(run.code, 7, run)
        self.assertIn("HTTP 408", run.err)


if __name__ == "__main__":
    unittest.main()
