"""Rows 17 to 30 of the replay table: TLS, proxies, what is sent, spelling of targets, regexes on body and headers."""

import ssl

from replay import ABSENT, PRESENT, Case
from replay_rows import header_is, success
from website import reply

PHASES = ("resolve", "connect", "tls", "processing", "transfer")


def phases(want):
    return {f'probe_http_duration_seconds{{phase="{phase}"}}': want for phase in PHASES}


def why(phase, reason):
    """vedette's own word for a failure."""
    return {f'probe_failure_info{{phase="{phase}",reason="{reason}"}}': 1}


def ssl_rules():
    plain = success(0, ssl=0, status_code=200)
    yield Case("17", "fail_if_not_ssl, plain", "fail_if_not_ssl: true", reply(200), plain,
               ours=why("check", "ssl_missing"), log="Final request was not over SSL")
    yield Case("17", "fail_if_not_ssl, refused", "fail_if_not_ssl: true", None, success(0, ssl=0, status_code=0),
               target="http://127.0.0.1:1/", ours=why("connect", "connect_refused"),
               no_log="Final request was not over SSL")
    yield Case("17", "fail_if_not_ssl, TLS", "fail_if_not_ssl: true, tls_config: {ca_file: @CA@}", reply(200),
               success(1, ssl=1), cert="good")
    yield Case("17", "fail_if_ssl, TLS", "fail_if_ssl: true, tls_config: {ca_file: @CA@}", reply(200),
               success(0, ssl=1, status_code=200), cert="good", ours=why("check", "ssl_used"))
    yield Case("17", "fail_if_ssl, plain", "fail_if_ssl: true", reply(200), success(1, ssl=0))


def trust():
    kept = {"probe_ssl_earliest_cert_expiry": PRESENT, "probe_ssl_last_chain_info": 1}
    yield Case("18", "self-signed refused", "", reply(200), success(0, ssl=0, status_code=0), cert="self_signed",
               ours={**kept, **why("tls", "tls_self_signed")})
    yield Case("18", "self-signed, verification off", "tls_config: {insecure_skip_verify: true}", reply(200),
               {**success(1, ssl=1), "probe_ssl_last_chain_expiry_timestamp_seconds": -62135596800},
               cert="self_signed")
    named = {"cert": "name_only", "host": "localhost"}
    yield Case("19", "CA file, name matches", "tls_config: {ca_file: @CA@}", reply(200), success(1, ssl=1),
               saw=sni_is("localhost"), **named)
    yield Case("19", "CA file, other name", "tls_config: {ca_file: @CA@}", reply(200), success(0, ssl=0),
               cert="wrong_name", host="localhost", ours={**kept, **why("tls", "tls_wrong_name")})
    yield Case("19", "CA file, IP in the target", "tls_config: {ca_file: @CA@}", reply(200), success(0, ssl=0),
               cert="name_only", ours={**kept, **why("tls", "tls_wrong_name")})
    yield Case("19", "CA file, server_name", "tls_config: {ca_file: @CA@, server_name: elsewhere.test}", reply(200),
               success(1, ssl=1), cert="wrong_name", host="localhost", saw=sni_is("elsewhere.test"))
    for name, reason in (("expired", "tls_expired"), ("not_yet_valid", "tls_not_yet_valid"),
                         ("unknown_authority", "tls_unknown_authority"), ("chain_missing", "tls_unknown_authority")):
        yield Case("18", f"certificate {name}", "tls_config: {ca_file: @CA@}", reply(200), success(0, ssl=0),
                   cert=name, ours={**kept, **why("tls", reason)})
    yield Case("20", "phases over TLS", "tls_config: {ca_file: @CA@}", reply(200),
               {**success(1), **phases(lambda seconds: seconds > 0)}, cert="good", host="localhost")
    yield Case("20", "phases, plain", "", reply(200),
               {**success(1), **phases(PRESENT), 'probe_http_duration_seconds{phase="tls"}': 0})
    yield Case("20", "TLS 1.2 server", "tls_config: {ca_file: @CA@}", reply(200),
               {**success(1), 'probe_tls_version_info{version="TLS 1.2"}': 1}, cert="rsa",
               tls={"high": ssl.TLSVersion.TLSv1_2})


def sni_is(name):
    def check(site):
        got = site.requests[-1].server_name if site.requests else None
        return "" if got == name else f"server name {got!r}"

    return check


def proxies():
    no_resolve = {'probe_http_duration_seconds{phase="resolve"}': ABSENT, "probe_dns_lookup_time_seconds": ABSENT,
                  "probe_ip_protocol": ABSENT, "probe_ip_addr_hash": ABSENT}
    resolve = {'probe_http_duration_seconds{phase="resolve"}': PRESENT, "probe_ip_protocol": 4}

    def proxied(line):
        def check(proxy):
            got = [f"{request.method} {request.target}" for request in proxy.requests]
            return "" if got == [line] else f"the proxy got {got}"

        return check

    yield Case("21", "skip_resolve and proxy_url", "skip_resolve_phase_with_proxy: true, proxy_url: @PROXY@", None,
               {**success(1, status_code=200), **no_resolve}, target="http://shop.test/a?b=c",
               saw=proxied("GET http://shop.test/a?b=c"))
    yield Case("21", "skip_resolve and environment",
               "skip_resolve_phase_with_proxy: true, proxy_from_environment: true", None,
               {**success(1, status_code=200), **no_resolve}, target="http://shop.test/env", since="0.28.0",
               saw=proxied("GET http://shop.test/env"))
    yield Case("21", "proxy_url only", "proxy_url: @PROXY@", None, {**success(1, status_code=200), **resolve},
               target="http://localhost:1/", saw=proxied("GET http://localhost:1/"))
    yield Case("21", "skip_resolve without proxy", "skip_resolve_phase_with_proxy: true", reply(200),
               {**success(1), **resolve})


def bodies():
    def saw_body(text):
        def check(site):
            got = site.requests[-1].body.decode() if site.requests else None
            return "" if got == text else f"body {got!r}"

        return check

    yield Case("22", "body", 'method: POST, body: "a line"', reply(200), success(1), saw=saw_body("a line"))
    yield Case("22", "body with GET", 'body: "a line"', reply(200), success(1), saw=saw_body("a line"))
    yield Case("22", "body_file", "method: POST, body_file: @BODY_FILE@", reply(200), success(1), since="0.24.0",
               saw=saw_body("body from a file\n"))
    yield Case("22", "body_file missing", "method: POST, body_file: /nonexistent/body", reply(200), success(0),
               since="0.24.0", saw=lambda site: "a request" if site.requests else "")
    for name, content in (("Host", "shop.test"), ("User-Agent", "watch/1"), ("Accept-Language", "fy")):
        yield Case("23", f"header {name}", f"headers: {{{name}: {content}}}", reply(200), success(1),
                   saw=header_is(name, content))


def targets():
    yield Case("24", "HTTP://", "", reply(200), success(1), target="HTTP://127.0.0.1:@PORT@/")
    yield Case("24", "HtTpS://", "tls_config: {ca_file: @CA@}", reply(200), success(1, ssl=1), cert="good",
               target="HtTpS://127.0.0.1:@PORT@/")
    yield Case("24", "no scheme", "", reply(200), success(1), target="127.0.0.1:@PORT@")
    yield Case("24", "invalid://", "", None, success(0, status_code=0), target="invalid://127.0.0.1/")


BODY_A, BODY_B, BODY_AB, BODY_NONE = b"alarm at sea", b"beacon lit", b"alarm, beacon lit", b"all quiet"
BOTH = '["alarm.*", "bea[ck]on"]'


def body_regexes():
    field = f"fail_if_body_matches_regexp: {BOTH}"
    for text, want in ((BODY_A, 0), (BODY_B, 0), (BODY_AB, 0), (BODY_NONE, 1)):
        yield Case("25", f"any of two in '{text.decode()}'", field, reply(body=text),
                   {**success(want, content_length=len(text), uncompressed_body_length=len(text)),
                    "probe_failed_due_to_regex": 1 - want}, ours=why("check", "body_mismatch") if not want else {})
    field = f"fail_if_body_not_matches_regexp: {BOTH}"
    for text, want in ((BODY_A, 0), (BODY_B, 0), (BODY_AB, 1), (BODY_NONE, 0)):
        yield Case("26", f"both of two in '{text.decode()}'", field, reply(body=text),
                   {**success(want, content_length=len(text), uncompressed_body_length=len(text)),
                    "probe_failed_due_to_regex": 1 - want}, ours=why("check", "body_mismatch") if not want else {})


def regex(number):
    return {"probe_failed_due_to_regex": number}


def header_regexes():
    field = 'fail_if_header_matches: [{header: X-Lamp, regexp: ".*"}]'
    yield Case("27", "empty value", field, reply(headers=[("X-Lamp", "")]), {**success(0), **regex(1)},
               ours=why("check", "header_mismatch"))
    yield Case("27", "absent", field, reply(200), {**success(0), **regex(1)}, ours=why("check", "header_mismatch"))
    yield Case("27", "absent and allowed", field.replace("}]", ", allow_missing: true}]"), reply(200),
               {**success(1), **regex(0)})
    two = [("Set-Cookie", "lamp=lit"), ("Set-Cookie", "bell=rung")]
    yield Case("28", "two values, one matches", 'fail_if_header_matches: [{header: Set-Cookie, regexp: "bell=.*"}]',
               reply(headers=two), {**success(0), **regex(1)})
    yield Case("28", "two values, none matches", 'fail_if_header_matches: [{header: Set-Cookie, regexp: "horn=.*"}]',
               reply(headers=two), {**success(1), **regex(0)})
    negative = 'fail_if_header_not_matches: [{header: Set-Cookie, regexp: "'
    yield Case("29", "two values, one matches", negative + 'bell=.*"}]', reply(headers=two),
               {**success(1), **regex(0)})
    yield Case("29", "two values, none matches", negative + 'horn=.*"}]', reply(headers=two),
               {**success(0), **regex(1)}, ours=why("check", "header_mismatch"))
    yield Case("29", "absent", negative + 'horn=.*"}]', reply(200), {**success(0), **regex(1)})
    yield Case("29", "absent and allowed", negative + 'horn=.*", allow_missing: true}]', reply(200),
               {**success(1), **regex(0)})
    for asked, sent in (("content-type", "Content-Type"), ("Content-Type", "content-type")):
        yield Case("30", f"{asked} asked, {sent} sent", f'fail_if_header_not_matches: [{{header: {asked}, regexp: "json"}}]',
                   reply(headers=[(sent, "application/json")]), {**success(1), **regex(0)})


CASES = [*ssl_rules(), *trust(), *proxies(), *bodies(), *targets(), *body_regexes(), *header_regexes()]
