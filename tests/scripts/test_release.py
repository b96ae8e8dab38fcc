"""scripts/release: what it signs, and what it refuses to sign."""

import base64
import hashlib
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
CONTROL = "Package: muster\nVersion: {version}\nArchitecture: amd64\nMaintainer: nobody <nobody@example.org>\nDescription: test\n"

INSTALLER = """<?xml version="1.0"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="*" Name="Muster" Language="1033" Version="1.4.0" Manufacturer="nobody"
           UpgradeCode="6D2F3B0C-9A1E-4C57-8C0B-52B7E1B0A7D4">
    <Package InstallerVersion="500" Compressed="yes"/>
    <Media Id="1" Cabinet="muster.cab" EmbedCab="yes"/>
    <Directory Id="TARGETDIR" Name="SourceDir">
      <Directory Id="ProgramFiles64Folder">
        <Directory Id="INSTALLDIR" Name="Muster">
          <Directory Id="UpdateFolder" Name="update">
            <Component Id="Update" Guid="A7B0E0C4-0C83-4B11-9D0E-6E2E3C1B7F03" Win64="yes">
              <File Id="Number" Name="number" Source="update/number" KeyPath="yes"/>
            </Component>
          </Directory>
        </Directory>
      </Directory>
    </Directory>
    <Feature Id="Main" Level="1"><ComponentRef Id="Update"/></Feature>
  </Product>
</Wix>
"""


class Release(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.out = self.folder / "Updates"
        self.key, self.public = self.folder / "update.key", self.folder / "update.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.key], check=True)
        subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-out", self.public], check=True)

    def package(self, number, openssl="3.0.17-1~deb12u2", version=None):
        tree = self.folder / f"tree-{number}"
        update, doc = tree / "usr/lib/muster/update", tree / "usr/share/doc/muster"
        for folder in (tree / "DEBIAN", update, doc):
            folder.mkdir(parents=True, exist_ok=True)
        (tree / "DEBIAN/control").write_text(CONTROL.format(version=version or f"1.{number}"))
        (update / "number").write_text(f"{number}\n")
        (update / "key.pem").write_bytes(self.public.read_bytes())
        (doc / "muster.cdx.json").write_text(json.dumps({"components": [{"name": "openssl", "version": openssl}]}))
        file = self.folder / f"muster_1.{number}_amd64.deb"
        subprocess.run(["dpkg-deb", "-Znone", "--root-owner-group", "--build", tree, file], check=True,
                       stdout=subprocess.DEVNULL)
        return file

    def release(self, *words, key=None, index="3.0.17-1~deb12u2"):
        done = subprocess.run([PROJECT / "scripts/release", "--key", key or self.key, "--out", self.out, "--openssl", index,
                               *words], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def made(self, *words, **more):
        code, said = self.release(*words, **more)
        self.assertEqual(code, 0, said)

    def refused(self, reason, *words, **more):
        code, said = self.release(*words, **more)
        self.assertEqual(code, 1, said)
        self.assertIn(reason, said)

    def statement(self, name):
        """Of a file whose signature openssl confirms."""
        envelope = json.loads((self.out / name).read_text())
        signed, signature = self.folder / "signed", self.folder / "signature"
        signed.write_bytes(base64.b64decode(envelope["statement"]))
        signature.write_bytes(base64.b64decode(envelope["signature"]))
        subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", self.public, "-in", signed,
                        "-sigfile", signature], check=True, stdout=subprocess.DEVNULL)
        return json.loads(signed.read_text())

    def test_a_package_gets_a_signed_statement_and_fresh_ones_name_it(self):
        package = self.package(2)
        self.made("--rollout", "25", package)
        digest = hashlib.sha256(package.read_bytes()).hexdigest()
        release = self.statement("linux-amd64-deb.json")
        self.assertEqual((release["number"], release["version"], release["rollout_percent"], release["sha256"]),
                         (2, "1.2", 25, digest))
        self.assertEqual(release["length"], (self.out / release["file"]).stat().st_size)
        self.assertEqual(self.statement("freshness.json")["releases"],
                         [{"platform": "linux-amd64-deb", "number": 2, "sha256": digest}])

    @unittest.skipUnless(shutil.which("wixl") and shutil.which("msiextract"), "there is no wixl or msitools")
    def test_an_installer_for_windows_gets_one_without_any_openssl(self):
        update = self.folder / "update"
        update.mkdir()
        (update / "number").write_text("4\r\n")
        (self.folder / "muster.wxs").write_text(INSTALLER)
        package = self.folder / "muster-1.4.0-x64.msi"
        subprocess.run(["wixl", "-a", "x64", "-o", package, "muster.wxs"], cwd=self.folder, check=True)
        self.made(package)
        release = self.statement("windows-x86_64-msi.json")
        self.assertEqual((release["number"], release["version"], release["file"]), (4, "1.4.0", package.name))

    def test_a_roll_out_goes_on_with_the_same_package_and_freshness_is_renewed_by_itself(self):
        package = self.package(2)
        self.made("--rollout", "25", package)
        self.made("--rollout", "100", package)
        self.assertEqual(self.statement("linux-amd64-deb.json")["rollout_percent"], 100)
        self.made("--freshen", "--days", "7")
        fresh = self.statement("freshness.json")
        self.assertEqual(fresh["expires"] - fresh["issued"], 7 * 86_400)

    def test_an_openssl_that_is_older_than_the_index_names_is_refused(self):
        self.refused("is linked with OpenSSL 3.0.17-1~deb12u2, and the index has 3.0.18-1~deb12u1", self.package(2),
                     index="3.0.18-1~deb12u1")
        self.assertFalse(list(self.out.glob("*")))

    def test_numbers_grow(self):
        self.refused("has no release number", self.package(0))
        self.made(self.package(3))
        self.refused("and release 3 was made before", self.package(2))
        self.refused("and release 3 was made before", self.package(3, version="1.3.1"))
        self.made(self.package(4))

    def test_a_key_of_another_kind_is_refused(self):
        key = self.folder / "ec.key"
        subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key],
                       check=True)
        self.refused("is not an Ed25519 key", self.package(2), key=key)


if __name__ == "__main__":
    unittest.main()
