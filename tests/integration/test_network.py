"""The network of the tests does what it is asked for: otherwise nothing that is measured over it means anything."""

import subprocess
import sys
import unittest

from support.network import Network, NoNetwork

SERVER = """
import socket
listener = socket.create_server(("{address}", 7))
print("ready", flush=True)
while True:
    one = listener.accept()[0]
    while one.recv(65536):
        pass
    one.close()
"""
CLIENT = """
import socket, time
best = [60, 60]
for _ in range({rounds}):
    start = time.monotonic()
    with socket.create_connection(("{address}", 7), timeout=20) as one:
        connected = time.monotonic()
        one.sendall(bytes({size}))
        one.shutdown(socket.SHUT_WR)
        one.recv(1)
    best = [min(best[0], connected - start), min(best[1], time.monotonic() - connected)]
print(*best)
"""


class Links(unittest.TestCase):
    def seconds(self, size=1, rounds=3, **rules):
        """To connect, and to send so many bytes: the best of some rounds, as others use the machine as well."""
        try:
            with Network(**rules) as network:
                server = subprocess.Popen([*network.in_beacon, sys.executable, "-c",
                                           SERVER.format(address=network.beacon_address)], stdout=subprocess.PIPE)
                with server:
                    server.stdout.readline()
                    client = CLIENT.format(address=network.beacon_address, size=size, rounds=rounds)
                    done = subprocess.run([*network.in_device, sys.executable, "-c", client], capture_output=True,
                                          check=True, text=True)
                    server.kill()
        except NoNetwork as reason:
            self.skipTest(str(reason))
        return [float(word) for word in done.stdout.split()]

    def test_each_way_is_delayed(self):
        connecting, sending = self.seconds(delay_ms=40, rounds=10)
        for took in (connecting, sending):
            self.assertGreaterEqual(took, 0.08)
            self.assertLess(took, 0.12)

    def test_without_a_delay_there_is_none(self):
        self.assertLess(self.seconds(delay_ms=0, rounds=50)[0], 0.02)

    def test_the_rate_is_a_limit(self):
        self.assertGreater(self.seconds(delay_ms=0, rate_mbit=8, size=500_000)[1], 0.45)

    def test_what_is_lost_takes_longer_and_arrives(self):
        whole = self.seconds(delay_ms=10, size=300_000)[1]
        self.assertGreater(self.seconds(delay_ms=10, loss_percent=20, size=300_000)[1], whole * 1.2)


if __name__ == "__main__":
    unittest.main()
