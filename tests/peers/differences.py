"""Every difference between vedette and blackbox_exporter that we know, each with its reason. What is not here fails the replay test."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """`where` matches row/case, `kind` and `what` match what replay.compare found; versions are blackbox_exporter's."""

    kind: str
    what: str
    reason: str
    where: str = ".*"
    detail: str = ".*"
    before: str = ""
    since: str = ""


KNOWN = [
    # What vedette says and blackbox_exporter cannot, or not yet.
    Known("only vedette", r"probe_tls_cipher_info", "blackbox_exporter has it since 0.25", before="0.25.0"),
    Known("only vedette", r"probe_(ssl|tls)_.*", "the facts of a certificate are worth most when the handshake fails",
          where=r"(18/(self-signed refused|certificate .*)|19/.*|34/(wildcard, two labels|no alternative names|client .* missing))"),
    Known("zero", r'probe_http_duration_seconds\{phase="(connect|tls|processing)"\}',
          "vedette also shows how long the phase took in which the probe failed; blackbox_exporter shows 0",
          detail=r"vedette (?!0,).*, blackbox 0"),
    Known("only vedette", r'probe_http_duration_seconds\{phase="(connect|tls|processing|transfer)"\}',
          "vedette keeps all phases of a failed probe, 0 for those never reached; blackbox_exporter drops them",
          where=r"(22/body_file missing|24/invalid://|34/CA file missing|36/.*)", detail="0"),
    Known("only blackbox", r"(probe_dns_lookup_time_seconds|probe_ip_.*|probe_http_duration_seconds.*)",
          "vedette reads its own files before it asks for a name", where="22/body_file missing"),
    Known("only blackbox", r"(probe_dns_lookup_time_seconds|probe_ip_.*|probe_http_duration_seconds.*)",
          "vedette refuses a port above 65535 before it asks for a name", where="36/port out of range"),
    # What blackbox_exporter of that version cannot do.
    Known("expected", "blackbox", "the scheme is matched in any case only after 0.28", where=r"24/(HTTP|HtTpS)://"),
    Known("(only vedette|value|zero)", ".*", "the scheme is matched in any case only after 0.28", where=r"24/(HTTP|HtTpS)://"),
    Known("expected", "blackbox", "complains of SSL even when nothing was connected", where=r"17/.*refused", before="0.25.0"),
    Known("expected", "blackbox", "the target is decoded a second time only after 0.28", where="endpoint/target encoded twice"),
    # Libraries that differ where nothing follows from it.
    Known("only (vedette|blackbox)", r'probe_tls_cipher_info\{cipher="TLS_\w+"\}', "each TLS library prefers its own cipher first", where=r"35/.*"),
    Known("value", "probe_http_uncompressed_body_length", "a decoder that is cut short hands out what it has in other steps",
          where="31/gzip cut short"),
    Known("(value|zero)", ".*", "vedette keeps the status of an answer whose headers turn out broken",
          where=r"32/(length is a word|header without colon|two lengths)"),
    Known("expected", "blackbox", "the body of a redirect that is not followed is closed unread",
          where=r"33/regex on an unfollowed redirect"),
    Known("value", r"probe_(success|failed_due_to_regex|http_uncompressed_body_length)",
          "vedette reads the body of a redirect that it does not follow", where=r"(33/regex on an unfollowed|35/h2 endless) redirects?"),
    Known("value", "content-type", "vedette names the character set, and a type for an empty text",
          where=r"endpoint/(configuration|front page|reload)"),
    # On the wire.
    Known("wire order", "headers", "the order of lines of different names has no meaning (RFC 9110 5.3)"),
    Known("wire header", "authorization", "credentials stay with the target's host, as in blackbox_exporter after 0.28",
          where=r"wire/(basic_auth|bearer), (other host|there and back)", detail=r".*vedette \[\], blackbox \['B.*"),
    Known("wire header", "x-key", "a header whose name speaks of a secret stays with the target's host; Go knows few such names",
          where=r"wire/headers, (other host|there and back)", detail=r".*vedette \[\], blackbox \['k'\]"),
    Known("wire header", "(authorization|cookie)", "blackbox_exporter's first URL holds the IP, so its own name is a stranger to it",
          where=r"wire/headers, name to the same name"),
    Known("wire header", "(authorization|cookie)", "Go before 1.21 took another port for another host",
          where=r"wire/headers, other port", before="0.24.0"),
    Known("wire header", "referer", "blackbox_exporter's first URL holds the IP, vedette's the name",
          detail=r".*//localhost:.*//127\.0\.0\.1:.*"),
    Known("wire header", "referer", "a Referer of the module was replaced", where=r"wire/Referer of our own", before="0.26.0"),
    Known("wire header", "referer", "a Referer has no fragment (RFC 9110 10.1.3)", where=r"wire/redirect with a fragment"),
    Known("wire header", "user-agent", "CONNECT says who asks, not which library", where=r"wire/.*proxy.*",
          detail=r"request 0: vedette \['\(agent\)'\], blackbox \['Go-http-client/1\.1'\]"),
    Known("(wire facts|wire count)", "(metrics|requests)", "vedette can send a file again; blackbox_exporter stops at the redirect",
          where=r"wire/POST from a file over 307"),
    Known("wire facts", "metrics", "vedette keeps the status of a redirect that leads nowhere", where=r"wire/redirect to ftp"),
    Known("wire", "line", "a space in a query is sent as + or %20, never bare", where=r"wire/redirect with odd characters"),
]

# Families that only vedette has, in every answer: not a difference worth a line per case.
EVERYWHERE = {
    "probe_failure_info": "vedette says why a probe failed",
    "probe_timeout_seconds": "in blackbox_exporter only after 0.28",
}

# (family, label, version): labels that blackbox_exporter has only since that version; left out of the comparison before it.
NEWER_LABELS = [("probe_ssl_last_chain_info", "serialnumber", "0.24.0")]


def unknown_labels(version):
    """{family: labels} that this blackbox_exporter does not have yet."""
    return {family: {label} for family, label, since in NEWER_LABELS if _older(version, since)}


def _older(version, than):
    return [int(part) for part in version.split(".")] < [int(part) for part in than.split(".")]


def explain(where, kind, what, detail, version):
    """The reason of a known difference, or an empty text."""
    for known in KNOWN:
        if known.before and not _older(version, known.before):
            continue
        if known.since and _older(version, known.since):
            continue
        if all(re.fullmatch(pattern, text, re.S) for pattern, text in (
                (known.kind, kind), (known.where, where), (known.what, what), (known.detail, detail))):
            return known.reason
    return ""
