"""Certificates for tests, made by the openssl command once per run: `certs = Certs.shared()`, then certs["good"].crt / .key.

`LEAVES` is the list; a certificate is made when it is first asked for. Every leaf is signed by the test CA unless its row says otherwise.
"""

import atexit
import datetime
import secrets
import shutil
import tempfile
import threading
from pathlib import Path

from process import run_command, tool

LOCAL_NAMES = "DNS:localhost,DNS:shop.test,IP:127.0.0.1,IP:::1"
SERVER = "serverAuth"
CLIENT = "clientAuth"


class Leaf:
    """What one certificate should say. days: (from, to) relative to now; issuer: "ca", "intermediate", "other_ca" or "self"."""

    def __init__(self, san=LOCAL_NAMES, days=(-1, 30), issuer="ca", key="ec", use=SERVER, subject=None, chain=True,
                 serial=None):
        self.san = san
        self.days = days
        self.issuer = issuer
        self.key = key
        self.use = use
        self.subject = subject
        self.chain = chain
        self.serial = serial


LEAVES = {
    "good": Leaf(),
    "rsa": Leaf(key="rsa"),
    "expired": Leaf(days=(-30, -1)),
    "not_yet_valid": Leaf(days=(2, 30)),
    "wrong_name": Leaf(san="DNS:elsewhere.test"),
    "wildcard": Leaf(san="DNS:*.wild.test"),
    "name_only": Leaf(san="DNS:localhost"),
    "no_san": Leaf(san=None),
    "self_signed": Leaf(issuer="self"),
    "unknown_authority": Leaf(issuer="other_ca"),
    "chained": Leaf(issuer="intermediate"),
    "chain_missing": Leaf(issuer="intermediate", chain=False),
    "short_chain": Leaf(issuer="short_intermediate", days=(-1, 60)),
    "many_names": Leaf(san=",".join(f"DNS:n{i}.test" for i in range(20)) + "," + LOCAL_NAMES),
    "rich_subject": Leaf(subject="/serialNumber=77/CN=localhost/O=Sentry, Ltd/C=NL/street=Quay 1/postalCode=1234"
                                 "/OU=Watch/OU=Night/L=Vlie/ST=Utrecht"),
    "foreign_subject": Leaf(subject="/DC=test/DC=shop/O= Sentry+Son /emailAddress=a@shop.test/title=Keeper/CN=#1 ünï"),
    "odd_serial": Leaf(serial="0A5C00"),
    "client": Leaf(san=None, use=CLIENT, subject="/CN=a client"),
    "client_expired": Leaf(san=None, use=CLIENT, subject="/CN=a late client", days=(-30, -1)),
    "client_unknown": Leaf(san=None, use=CLIENT, subject="/CN=a stranger", issuer="other_ca"),
}

AUTHORITIES = {
    "ca": ("/O=vedette tests/CN=test root", "self", (-10, 365)),
    "other_ca": ("/O=vedette tests/CN=another root", "self", (-10, 365)),
    "intermediate": ("/O=vedette tests/CN=test intermediate", "ca", (-10, 200)),
    "short_intermediate": ("/O=vedette tests/CN=short intermediate", "ca", (-10, 5)),
}


class Cert:
    """Paths of one certificate: crt (what a server sends, chain included), leaf (one certificate), key, issuer_name."""

    def __init__(self, directory, name):
        self.name = name
        self.crt = directory / f"{name}.chain.pem"
        self.leaf = directory / f"{name}.pem"
        self.key = directory / f"{name}.key"


def _openssl(*words):
    done = run_command([tool("openssl"), *words])
    if done.returncode:
        raise AssertionError(f"openssl {' '.join(map(str, words))}\n{done.stderr}")
    return done.stdout


def _stamp(day):
    moment = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=day)
    return moment.strftime("%Y%m%d%H%M%SZ")


class Certs:
    """One directory of certificates."""

    _shared = None
    _lock = threading.RLock()

    def __init__(self, directory=None):
        self.directory = Path(directory or tempfile.mkdtemp(prefix="vedette-certs-"))
        if directory is None:
            atexit.register(shutil.rmtree, self.directory, ignore_errors=True)
        self._made = {}

    @classmethod
    def shared(cls):
        """The certificates of this run: made once, removed at its end."""
        with cls._lock:
            if cls._shared is None:
                cls._shared = cls()
            return cls._shared

    @property
    def ca_file(self):
        """The root that signs everything good."""
        return self.authority("ca").leaf

    @property
    def other_ca_file(self):
        return self.authority("other_ca").leaf

    def __getitem__(self, name):
        with self._lock:
            return self._made.get(name) or self._make_leaf(name, LEAVES[name])

    def issue(self, name, **fields):
        """A certificate of the caller's own wish: issue("mine", san="DNS:x.test", days=(-1, 3))."""
        with self._lock:
            return self._made.get(name) or self._make_leaf(name, Leaf(**fields))

    def authority(self, name):
        with self._lock:
            if name in self._made:
                return self._made[name]
            subject, issuer, days = AUTHORITIES[name]
            cert = Cert(self.directory, name)
            self._new_key(cert, "ec")
            extensions = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
            self._sign(cert, subject, issuer, days, extensions)
            cert.crt.write_text(cert.leaf.read_text())
            self._made[name] = cert
            return cert

    def client_ca_bundle(self, *names):
        """A file that holds several authorities."""
        path = self.directory / ("bundle-" + "-".join(names) + ".pem")
        path.write_text("".join(self.authority(name).leaf.read_text() for name in names))
        return path

    def _make_leaf(self, name, leaf):
        cert = Cert(self.directory, name)
        self._new_key(cert, leaf.key)
        extensions = f"extendedKeyUsage={leaf.use}\nbasicConstraints=critical,CA:FALSE\n"
        if leaf.san:
            extensions += f"subjectAltName={leaf.san}\n"
        self._sign(cert, leaf.subject or f"/O=vedette tests/CN={name}", leaf.issuer, leaf.days, extensions, leaf.serial)
        chain = cert.leaf.read_text()
        if leaf.chain and leaf.issuer.endswith("intermediate"):
            chain += self.authority(leaf.issuer).leaf.read_text()
        cert.crt.write_text(chain)
        self._made[name] = cert
        return cert

    def _new_key(self, cert, kind):
        how = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"] if kind == "rsa" else [
            "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:named_curve"]
        _openssl("genpkey", *how, "-out", cert.key)

    def _sign(self, cert, subject, issuer, days, extensions, serial=None):
        """`openssl ca` is the one command of OpenSSL 3.0 that takes both dates."""
        work = self.directory / f"{cert.name}.ca"
        work.mkdir()
        (work / "index").write_text("")
        (work / "serial").write_text((serial or "7" + secrets.token_hex(12)[1:]) + "\n")
        request = work / "request.pem"
        signer = cert if issuer == "self" else self.authority(issuer)
        (work / "ca.cnf").write_text(
            "[ca]\ndefault_ca=here\n[here]\n"
            f"dir={work}\ndatabase={work}/index\nserial={work}/serial\nnew_certs_dir={work}\ndefault_md=sha256\n"
            "policy=any\nunique_subject=no\nx509_extensions=ext\n"
            "[any]\ncountryName=optional\nstateOrProvinceName=optional\nlocalityName=optional\n"
            "organizationName=optional\norganizationalUnitName=optional\ncommonName=optional\n"
            "streetAddress=optional\npostalCode=optional\nserialNumber=optional\ndomainComponent=optional\n"
            "emailAddress=optional\ntitle=optional\n"
            f"[ext]\n{extensions}subjectKeyIdentifier=hash\n[req]\ndistinguished_name=dn\n[dn]\n")
        config = ["-config", work / "ca.cnf"]
        _openssl("req", "-new", *config, "-key", cert.key, "-subj", subject, "-out", request)
        sign = ["-selfsign", "-keyfile", cert.key] if issuer == "self" else [
            "-cert", signer.leaf, "-keyfile", signer.key]
        _openssl("ca", "-batch", "-notext", "-preserveDN", *config, *sign, "-in", request, "-out", cert.leaf,
                 "-startdate", _stamp(days[0]), "-enddate", _stamp(days[1]))
        shutil.rmtree(work)
