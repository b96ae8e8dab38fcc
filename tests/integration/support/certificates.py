"""What tests of the client certificate's life start from."""


from .ca import openssl
from .running import OneDevice

PASSWORD = "CANARY-pfx grüße"


class Certificates(OneDevice):
    """A beacon, a device that has no certificate yet, and a file with the password of its .pfx."""

    settings = {"client": None, "AddClientCertificateAndKey": "False"}

    def setUp(self):
        super().setUp()
        self.password = self.device.file("password", (PASSWORD + "\n").encode())
        self.password.chmod(0o600)

    def pfx(self, *options, pair=None, password=PASSWORD):
        pair = pair or self.pki.client
        path = self.device.work / "client.pfx"
        openssl("pkcs12", "-export", "-in", pair.certificate, "-inkey", pair.key, "-out", path,
                "-passout", f"pass:{password}", *options)
        return path

    def good(self, *words, **more):
        run = self.device.run("cert", *words, **more)
        self.assertEqual(run.code, 0, run)
        return run

    def refused(self, *words, code=4, saying=""):
        before = self.left()
        run = self.device.run("cert", *words)
        self.assertEqual(run.code, code, run)
        self.assertIn(saying, run.err)
        self.assertEqual(self.left(), before, "something was changed")
        return run

    def left(self):
        """All that lies below etc/, with its content."""
        return {path: path.read_bytes() for path in (self.device.data / "etc").rglob("*") if path.is_file()}

    def delivers(self):
        run = self.device.run("upload", self.device.file("x"))
        self.assertEqual(run.code, 0, run)
