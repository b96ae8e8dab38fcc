"""CRLs and OCSP answers with any dates, numbers, entries and scopes, made with the openssl command."""

import pathlib
import subprocess
import tempfile
import time

from .ca import openssl
from .validation import request_about

CONFIG = """
[ca]
default_ca = own
[own]
database = {folder}/index.txt
crlnumber = {folder}/crlnumber
default_md = sha256
unique_subject = no
[extensions]
{extensions}
"""

SCOPES = {"-": "", "m": "fullname=URI:{point}", "x": "fullname=URI:http://ca.test/other.crl", "u": "onlyuser=TRUE",
          "a": "onlyCA=TRUE", "s": "onlysomereasons=keyCompromise", "i": "indirectCRL=TRUE"}
REASONS = {"revoked": "", "hold": ",certificateHold", "removed": ",removeFromCRL"}


def hours_from_now(hours, form="%Y%m%d%H%M%SZ"):
    return time.strftime(form, time.gmtime(time.time() + hours * 3600))


def number_in_der(number):
    return f"DER:0201{number:02x}"


def index_line(says, pair):
    serial = openssl("x509", "-in", pair.certificate, "-noout", "-serial").strip().split("=")[1]
    state = "V\t491231235959Z\t" if says == "good" else f"R\t491231235959Z\t260101000000Z{REASONS[says]}"
    return f"{state}\t{serial}\tunknown\t/CN=x\n"


def crl(authority, pair, facts, point):
    """DER. `facts` as the oracle has them; `point` is the certificate's distribution point."""
    with tempfile.TemporaryDirectory(prefix="muster-crl-") as name:
        folder = pathlib.Path(name)
        extensions = [f"2.5.29.27=critical,{number_in_der(facts.base)}"] if facts.base else []
        if scope := SCOPES[facts.scope].format(point=point):
            extensions.append("issuingDistributionPoint=critical,@scope\n[scope]\n" + scope)
        (folder / "ca.cnf").write_text(CONFIG.format(folder=folder, extensions="\n".join(extensions)))
        (folder / "index.txt").write_text("" if facts.says == "none" else index_line(facts.says, pair))
        (folder / "crlnumber").write_text(f"{facts.number:02X}\n")
        openssl("ca", "-config", folder / "ca.cnf", "-keyfile", authority.key, "-cert", authority.certificate, "-gencrl",
                "-crlexts", "extensions", "-crl_lastupdate", hours_from_now(facts.start),
                "-crl_nextupdate", hours_from_now(facts.end), "-out", folder / "crl.pem")
        openssl("crl", "-in", folder / "crl.pem", "-outform", "DER", "-out", folder / "crl.der")
        return (folder / "crl.der").read_bytes()


def ocsp(authority, pair, facts, signer=None):
    """DER, signed by `signer` (an authority) where that is given."""
    signer = signer or authority
    with tempfile.TemporaryDirectory(prefix="muster-ocsp-") as name:
        folder = pathlib.Path(name)
        (folder / "index.txt").write_text("" if facts.says == "unknown" else index_line(facts.says, pair))
        (folder / "request").write_bytes(request_about(pair, authority))
        until = [] if facts.end is None else ["-nmin", str(round((facts.end - facts.start) * 60))]
        subprocess.run(["faketime", "-f", f"{round(facts.start * 3600):+d}", "openssl", "ocsp", "-index", folder / "index.txt",
                        "-CA", authority.certificate, "-rsigner", signer.certificate, "-rkey", signer.key, "-reqin",
                        folder / "request", "-respout", folder / "reply", *until], check=True, capture_output=True)
        return (folder / "reply").read_bytes()
