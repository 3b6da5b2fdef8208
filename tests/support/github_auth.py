"""Who may ask: personal tokens, an App's signed statements (JWT, RS256) and its installation tokens, lockout after bad logins.

Signatures are verified by the openssl command: the standard library knows no RSA.
"""

import base64
import binascii
import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from github_call import problem
from process import run_command, tool


@dataclass(eq=False)
class Credential:
    """One way to be known. `bucket` is whose quota it uses: every token of a user or of an installation shares one."""

    name: str
    kind: str  # classic, fine, installation, app, anonymous
    token: str
    user: object = None
    bucket: str = ""
    limits: dict = None  # {"core": 5000, "search": 30, "graphql": 5000}
    permissions: dict = None  # None: everything; else {"issues": "read", ...}
    repos: set = None  # None: everything; else repository ids
    expires: float = None
    revoked: bool = False
    sso: tuple = ()  # organisations that demand a single sign-on this token has not done


PERMISSIONS = {"metadata": "read", "contents": "read", "issues": "read", "pull_requests": "read", "actions": "read",
               "deployments": "read", "vulnerability_alerts": "read", "security_events": "read", "secret_scanning_alerts": "read"}


def _part(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class App:
    """A registered GitHub App with one installation; its key pair is made when somebody first needs it."""

    def __init__(self, app_id=101, client_id="Iv23liVEDETTE", installation_id=2_200_000_777):
        self.app_id, self.client_id, self.installation_id = app_id, client_id, installation_id
        self.permissions, self.repos = dict(PERMISSIONS), None
        self.suspended = False
        self._directory = None

    def _path(self, name):
        if self._directory is None:
            self._directory = Path(tempfile.mkdtemp(prefix="vedette-github-app-"))
            made = run_command([tool("openssl"), "genrsa", "-traditional", "-out", self._directory / "key.pem", "2048"])
            assert made.returncode == 0, made.stderr
            made = run_command([tool("openssl"), "rsa", "-in", self._directory / "key.pem", "-pubout", "-out", self._directory / "public.pem"])
            assert made.returncode == 0, made.stderr
        return self._directory / name

    @property
    def key_file(self):
        """The private key (PKCS#1 PEM, as GitHub hands it out)."""
        return str(self._path("key.pem"))

    def close(self):
        if self._directory:
            shutil.rmtree(self._directory, ignore_errors=True)

    def sign(self, claims, header=None):
        """A JWT with any claims, for tests that need wrong ones."""
        encode = lambda data: base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")  # noqa: E731
        text = encode(header or {"alg": "RS256", "typ": "JWT"}) + "." + encode(claims)
        self._path("signed.txt").write_text(text)
        signed = run_command([tool("openssl"), "dgst", "-sha256", "-sign", self.key_file, "-out", self._path("made.sig"), self._path("signed.txt")])
        assert signed.returncode == 0, signed.stderr
        return text + "." + base64.urlsafe_b64encode(self._path("made.sig").read_bytes()).decode().rstrip("=")

    def _signature_holds(self, text, signature):
        name = hashlib.sha256(text.encode() + signature).hexdigest()[:16]
        plain, signed = self._path(name + ".txt"), self._path(name + ".sig")
        plain.write_text(text)
        signed.write_bytes(signature)
        done = run_command([tool("openssl"), "dgst", "-sha256", "-verify", self._path("public.pem"), "-signature", signed, plain])
        return done.returncode == 0

    def objection(self, token, now):
        """Why GitHub would refuse this JWT at `now`, or None."""
        unreadable = "A JSON web token could not be decoded"
        try:
            head, claims, signature = token.split(".")
            header, claim, signed = json.loads(_part(head)), json.loads(_part(claims)), _part(signature)
        except (ValueError, binascii.Error):
            return unreadable
        if header.get("alg") != "RS256" or not self._signature_holds(f"{head}.{claims}", signed):
            return unreadable
        if str(claim.get("iss")) not in (str(self.app_id), self.client_id):
            return "Integration not found"
        issued, expires = claim.get("iat"), claim.get("exp")
        if not isinstance(issued, int) or isinstance(issued, bool) or issued > now:
            return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        if not isinstance(expires, int) or isinstance(expires, bool) or expires <= now:
            return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
        if expires > now + 600:
            return "'Expiration time' claim ('exp') is too far in the future"
        return None


class Doorman:
    """Finds the credential of a request, and remembers who failed too often."""

    def __init__(self, lockout_after=8, lockout_seconds=300, installation_ttl=3600):
        self.credentials = {}
        self.app = App()
        self.lockout_after, self.lockout_seconds, self.installation_ttl = lockout_after, lockout_seconds, installation_ttl
        self.core_limit, self.long_tokens = 5000, True
        self._failures = {}  # who -> moments of 401
        self._minted = 0

    def add(self, credential):
        self.credentials[credential.token] = credential
        return credential

    def mint(self, now, wished=None):
        """A new installation token; `wished` may narrow its permissions and repositories."""
        self._minted += 1
        wished = wished or {}
        digest = hashlib.sha256(f"{self.app.installation_id}:{self._minted}".encode())
        token = "ghs_" + digest.hexdigest()[:36]
        if self.long_tokens:  # the form of 2026: an App id and a statement, some 500 characters
            body = "".join(hashlib.sha256(digest.digest() + bytes([part])).hexdigest() for part in range(8))
            token = f"ghs_{self.app.app_id}_eyJ{body[:40]}.eyJ{body[40:300]}.{body[300:]}"
        permissions = {key: value for key, value in self.app.permissions.items() if key in (wished.get("permissions") or self.app.permissions)}
        repos = set(wished["repository_ids"]) if wished.get("repository_ids") else self.app.repos
        limits = {"core": self.core_limit, "search": 30, "graphql": self.core_limit}
        return self.add(Credential(f"installation-{self._minted}", "installation", token, None, f"installation:{self.app.installation_id}",
                                   limits, permissions, repos, now + self.installation_ttl))

    def identify(self, call):
        """(credential, None) or (None, the answer that refuses)."""
        scheme, _, token = call.header("authorization").strip().partition(" ")
        if not scheme:
            return Credential("anonymous", "anonymous", "", None, f"ip:{call.client}", {"core": 60, "search": 10, "graphql": 0}), None
        token = token.strip()
        if scheme.lower() == "basic":
            try:
                token = base64.b64decode(token).decode().partition(":")[2]
            except ValueError:
                token = ""
        known = self.credentials.get(token)
        who = known.bucket if known else token
        if self._locked(who, call.now):
            return None, problem(403, "Maximum number of login attempts exceeded. Please try again later.")
        if known is None and token.count(".") == 2 and not token.startswith("ghs_") and scheme.lower() == "bearer":
            objection = self.app.objection(token, call.now)
            if objection is None:
                return Credential("app", "app", token, None, f"app:{self.app.app_id}", {"core": 5000, "search": 30, "graphql": 5000}), None
            return None, self._failed(who, call.now, objection)
        expired = known is not None and known.expires is not None and known.expires <= call.now
        if known is None or known.revoked or expired or scheme.lower() not in ("token", "bearer", "basic"):
            return None, self._failed(who, call.now, "Bad credentials")
        return known, None

    def _locked(self, who, now):
        recent = [moment for moment in self._failures.get(who, ()) if now - moment < self.lockout_seconds]
        return len(recent) >= self.lockout_after

    def _failed(self, who, now, message):
        self._failures.setdefault(who, []).append(now)
        return problem(401, message)
