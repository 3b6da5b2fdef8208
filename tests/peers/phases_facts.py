"""What a scenario's answer must say besides its times: derived from what its server sends and from what openssl reads."""

import calendar
import email.utils
import gzip
import re
import time

from process import run_command, tool

ABSENT = "absent"
NOT_VERIFIED = -62135596800.0  # what both exporters show instead of a chain's end when nothing is verified


def openssl_facts(cert):
    """The leaf's labels and the earliest end of all certificates that the server sends, in openssl's words."""
    words = ["-noout", "-subject", "-issuer", "-serial", "-fingerprint", "-sha256", "-ext", "subjectAltName", "-nameopt", "RFC2253"]
    done = run_command([tool("openssl"), "x509", "-in", cert.leaf, *words])
    assert done.returncode == 0, done.stderr
    text = done.stdout

    def line(start):
        return re.search(rf"^{start}=(.*)$", text, re.MULTILINE | re.IGNORECASE).group(1).strip()

    return {"subject": line("subject"), "issuer": line("issuer"), "serialnumber": line("serial").lower(),
            "fingerprint_sha256": line("sha256 Fingerprint").replace(":", "").lower(),
            "subjectalternative": ",".join(re.findall(r"DNS:([^,\s]+)", text))}


def earliest_end(cert):
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", cert.crt.read_text(), re.DOTALL)
    ends = []
    for number, block in enumerate(blocks):
        path = cert.crt.with_suffix(f".{number}.one")
        path.write_text(block)
        done = run_command([tool("openssl"), "x509", "-in", path, "-noout", "-enddate"])
        ends.append(calendar.timegm(time.strptime(done.stdout.strip().split("=")[1], "%b %d %H:%M:%S %Y %Z")))
    return float(min(ends))


def certificate_facts(scenario, certs):
    """Of the last hop's certificate, also when it was refused."""
    at = scenario.tls_at
    if not at:
        return {"probe_ssl_earliest_cert_expiry": ABSENT, "probe_ssl_last_chain_expiry_timestamp_seconds": ABSENT,
                "probe_ssl_last_chain_info": ABSENT, "probe_tls_version_info": ABSENT}
    cert = certs[at.cert]
    end = earliest_end(cert)
    facts = {"probe_ssl_earliest_cert_expiry": end, "probe_ssl_last_chain_info": openssl_facts(cert),
             "probe_tls_version_info": {"version": at.tls.replace("TLSv", "TLS ").replace("_", ".")}}
    if "insecure_skip_verify" in scenario.http:
        facts["probe_ssl_last_chain_expiry_timestamp_seconds"] = NOT_VERIFIED
    elif not scenario.reason.startswith("tls/"):
        facts["probe_ssl_last_chain_expiry_timestamp_seconds"] = end
    return facts


def answer_facts(scenario):
    """Of the last answer; all zero when there was none."""
    hop = scenario.hops[-1] if scenario.hops else None
    facts = {"probe_success": 0.0 if scenario.reason else 1.0, "probe_http_redirects": float(max(len(scenario.hops) - 1, 0))}
    names = ("status_code", "content_length", "uncompressed_body_length", "version", "ssl")
    if not hop or hop.silent or scenario.reason.startswith("tls/"):
        return {**facts, **{f"probe_http_{name}": 0.0 for name in names},
                "probe_http_last_modified_timestamp_seconds": ABSENT}
    headers = dict(hop.headers)
    bare = "method: HEAD" in scenario.http or hop.status == 204
    body = b"" if bare else hop.body
    if headers.get("Content-Encoding") == "gzip" and body:
        body = gzip.decompress(body)
    length = {"exact": len(hop.body), "chunked": -1, "none": -1}.get(hop.framing)
    length = 0 if hop.status == 204 else int(hop.framing) if length is None else length
    modified = email.utils.parsedate_to_datetime(headers["Last-Modified"]).timestamp() if "Last-Modified" in headers else ABSENT
    values = (hop.status, length, len(body), 2.0 if scenario.speaks_h2 else 1.1, 1 if scenario.speaks_tls else 0)
    facts.update({f"probe_http_{name}": float(value) for name, value in zip(names, values)})
    return {**facts, "probe_http_last_modified_timestamp_seconds": modified}


def expected_facts(scenario, certs):
    facts = {**answer_facts(scenario), **certificate_facts(scenario, certs), **dict(scenario.facts)}
    phase, _, reason = scenario.reason.partition("/")
    facts["probe_failure_info"] = {"phase": phase, "reason": reason} if reason else ABSENT
    facts["probe_failed_due_to_regex"] = 1.0 if reason == "body_mismatch" else 0.0
    return facts


def wrong_facts(families, expected):
    """Every fact that is not as expected, as a sentence."""
    for name, want in expected.items():
        found = families[name].samples if name in families else []
        if want == ABSENT:
            got = ABSENT if not found else [sample.labels or sample.value for sample in found]
        elif isinstance(want, dict):
            got = found[0].labels if len(found) == 1 else [sample.labels for sample in found]
        else:
            got = found[0].value if len(found) == 1 else ABSENT
        if got != want:
            yield f"{name}: expected {want}, got {got}"
