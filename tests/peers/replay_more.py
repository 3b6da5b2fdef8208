"""Beyond the 30 rows: framing, odd answers, certificates, HTTP/2, families and time limits, where a drop-in is easily wrong."""

import ssl

from replay import ABSENT, PRESENT, Case
from replay_checks import phases, why
from replay_rows import BODY, lengths, success
from website import encoded, packed, redirect, reply

OK = b"HTTP/1.1 200 OK\r\n"
BROKEN = {"probe_http_status_code": lambda code: code in (0, 200)}  # known or not when the headers turn out broken


def raw(text, **more):
    return reply(raw=text if isinstance(text, bytes) else text.encode(), **more)


def framing():
    yield Case("31", "chunked", "", reply(chunks=[b"one ", b"two"]), success(1, **lengths(-1, 7)))
    yield Case("31", "ends with the connection", "", reply(body=b"to the end", length="none"),
               success(1, **lengths(-1, 10)))
    yield Case("31", "HEAD", "method: HEAD", reply(length="4321"), success(1, **lengths(4321, 0)))
    yield Case("31", "HEAD, chunked", "method: HEAD", reply(chunks=[]), success(1, **lengths(-1, 0)))
    yield Case("31", "204", "", reply(204), success(1, status_code=204, **lengths(0, 0)))
    yield Case("31", "304", "valid_status_codes: [304]", reply(304), success(1, **lengths(0, 0)))
    yield Case("31", "empty body", "", reply(200), success(1, **lengths(0, 0)))
    yield Case("31", "gzip, chunked", "compression: gzip",
               reply(headers={"Content-Encoding": "gzip"}, chunks=[packed("gzip", BODY)]), success(1, **lengths(-1, 110)))
    yield Case("31", "gzip asked, empty body", "compression: gzip", reply(headers={"Content-Encoding": "gzip"}),
               success(0, **lengths(0, 0)))
    yield Case("31", "gzip cut short", "compression: gzip",
               reply(headers={"Content-Encoding": "gzip"}, body=packed("gzip", BODY)[:-12]), success(0))
    yield Case("31", "gzip twice", "compression: gzip",
               reply(headers={"Content-Encoding": "gzip"}, body=packed("gzip", b"one") + packed("gzip", b"two")),
               success(1, uncompressed_body_length=6))
    yield Case("31", "deflate with a zlib header", "compression: deflate", encoded("zlib", BODY, "deflate"), success(0))
    yield Case("31", "identity asked", "compression: identity", encoded("identity", BODY), success(1, **lengths(110, 110)))
    yield Case("31", "identity asked, gzip sent", "compression: identity", encoded("gzip", BODY), success(1))
    yield Case("31", "gzip asked, no label", "compression: gzip", reply(body=BODY), success(0))
    yield Case("31", "coding in capitals", "compression: gzip", encoded("gzip", BODY, "GZIP"), success(1))
    yield Case("31", "zero limit", "body_size_limit: 0", reply(body=BODY), success(1, **lengths(110, 110)))
    yield Case("31", "limit, chunked", "body_size_limit: 100B", reply(chunks=[BODY]), success(0, **lengths(-1, 100)))
    yield Case("31", "limit and regex", 'body_size_limit: 100B, fail_if_body_matches_regexp: ["seen"]', reply(body=BODY),
               success(0))


def odd_answers():
    yield Case("32", "Last-Modified", "", reply(headers={"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}),
               {**success(1), "probe_http_last_modified_timestamp_seconds": 1445412480})
    yield Case("32", "Last-Modified broken", "", reply(headers={"Last-Modified": "yesterday"}),
               {**success(1), "probe_http_last_modified_timestamp_seconds": ABSENT})
    for date in ("Wednesday, 21-Oct-15 07:28:00 GMT", "Wed Oct 21 07:28:00 2015", "Wed, 21 Oct 2015 07:28:00 UTC",
                 "Wed, 21 Oct 2015 09:28:00 +0200", "wed, 21 oct 2015 07:28:00 GMT"):
        yield Case("32", f"Last-Modified {date}", "", reply(headers={"Last-Modified": date}), success(1))
    yield Case("32", "HTTP/1.0", "", raw("HTTP/1.0 200 OK\r\n\r\nold"), success(1, version=1, **lengths(-1, 3)))
    yield Case("32", "no reason phrase", "", raw("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"), success(1, status_code=200))
    yield Case("32", "status 999", "valid_status_codes: [999]", raw("HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n"),
               success(1, status_code=999))
    yield Case("32", "early hints", "", raw(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nhi"),
               success(1, status_code=200, **lengths(2, 2)))
    yield Case("32", "100 nobody asked for", "", raw(b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nhi"),
               success(1, status_code=200))
    yield Case("32", "bare line feeds", "", raw("HTTP/1.1 200 OK\nContent-Length: 2\n\nhi"), success(1, **lengths(2, 2)))
    yield Case("32", "two equal lengths", "", raw(OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi"), success(1))
    yield Case("32", "two lengths", "", raw(OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!"), success(0, status_code=0),
               ours={**BROKEN, **why("response", "malformed")})
    yield Case("32", "length and chunks", "", raw(OK + b"Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
               success(1, **lengths(-1, 2)))
    yield Case("32", "length is a word", "", raw(OK + b"Content-Length: two\r\n\r\nhi"), success(0, status_code=0),
               ours=BROKEN)
    yield Case("32", "body ends early", "", raw(OK + b"Content-Length: 20\r\n\r\nonly ten b"), success(0, **lengths(20, 10)))
    yield Case("32", "body ends early, regex", 'fail_if_body_matches_regexp: ["nothing"]',
               raw(OK + b"Content-Length: 20\r\n\r\nonly ten b"), success(0))
    yield Case("32", "more than the length", "", raw(OK + b"Content-Length: 2\r\n\r\nhi and more"), success(1, **lengths(2, 2)))
    yield Case("32", "broken chunk", "", raw(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n"), success(0, status_code=200))
    yield Case("32", "not HTTP", "", raw("SSH-2.0-watch\r\n"), success(0, status_code=0))
    yield Case("32", "silence, then closed", "", raw(b""), success(0, status_code=0))
    yield Case("32", "header without colon", "", raw(OK + b"Lamp lit\r\nContent-Length: 0\r\n\r\n"), success(0))
    yield Case("32", "folded header", 'fail_if_header_not_matches: [{header: X-Lamp, regexp: "lit"}]',
               raw(OK + b"X-Lamp: is\r\n lit\r\nContent-Length: 0\r\n\r\n"), success(1))
    yield Case("32", "unrequested 101", "", raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: lamp\r\nConnection: Upgrade\r\n\r\n"),
               success(0, status_code=101))


def regexes():
    for name, pattern, body, matches in (
            ("end of text", "out$", b"lights out", 1), ("end of text, line feed", "out$", b"lights out\n", 0),
            ("lines", "(?m)^lit$", b"dark\nlit\nout", 1), ("dot and line feed", "dark.lit", b"dark\nlit", 0),
            ("dot over lines", "(?s)dark.lit", b"dark\nlit", 1), ("case", "(?i)LIT", b"lit", 1),
            ("bytes that are no UTF-8", "lit", b"\xff\xfelit", 1), ("dot and a bad byte", "a.b", b"a\xffb", 1),
            ("letter beyond ASCII", "l[ïí]t", "lít".encode(), 1), ("class and word edge", r"\blit\b", b"is lit.", 1),
            ("Unicode class", r"\p{L}+t", "ïöt".encode(), 1), ("empty pattern", "", b"", 1)):
        yield Case("33", name, f"fail_if_body_not_matches_regexp: ['{pattern}']", reply(body=body),
                   {**success(matches), "probe_failed_due_to_regex": 1 - matches})
    yield Case("33", "header regex fails before the body is asked",
               'fail_if_header_matches: [{header: X-Lamp, regexp: "out"}], fail_if_body_matches_regexp: ["dark"]',
               reply(headers={"X-Lamp": "out"}, body=b"quiet"), {**success(0), "probe_failed_due_to_regex": 1})
    yield Case("33", "regex after a bad status", 'fail_if_body_matches_regexp: ["dark"]', reply(500, body=b"dark"),
               {**success(0, **lengths(4, 4)), "probe_failed_due_to_regex": 0})
    yield Case("33", "regex on an unfollowed redirect",
               'follow_redirects: false, valid_status_codes: [302], fail_if_body_not_matches_regexp: ["moved"]',
               redirect("/next", body=b"moved"), {**success(0, redirects=1), "probe_failed_due_to_regex": 1},
               ours={"probe_success": 1, "probe_failed_due_to_regex": 0})
    yield Case("33", "regex over gzip", "compression: gzip, fail_if_body_not_matches_regexp: ['every light']",
               encoded("gzip", BODY), success(1))


def certificates():
    trust = "tls_config: {ca_file: @CA@}"
    for name in ("good", "rsa", "chained", "short_chain", "many_names", "odd_serial", "rich_subject",
                 "foreign_subject"):
        yield Case("34", f"certificate {name}", trust, reply(200),
                   {**success(1, ssl=1), "probe_ssl_last_chain_info": 1, "probe_ssl_earliest_cert_expiry": PRESENT},
                   cert=name)
    yield Case("34", "wildcard", trust.replace("}", ", server_name: a.wild.test}"), reply(200), success(1), cert="wildcard")
    yield Case("34", "wildcard, two labels", trust.replace("}", ", server_name: a.b.wild.test}"), reply(200), success(0),
               cert="wildcard", ours=why("tls", "tls_wrong_name"))
    yield Case("34", "no alternative names", trust.replace("}", ", server_name: no_san}"), reply(200), success(0),
               cert="no_san", ours=why("tls", "tls_wrong_name"))
    yield Case("34", "verification off, expired", "tls_config: {insecure_skip_verify: true}", reply(200), success(1),
               cert="expired")
    needs = {"client_ca": True}
    yield Case("34", "client certificate", "tls_config: {ca_file: @CA@, cert_file: @CLIENT_CRT@, key_file: @CLIENT_KEY@}",
               reply(200), success(1), cert="good", tls=needs)
    yield Case("34", "client certificate missing", trust, reply(200), success(0, status_code=0), cert="good", tls=needs)
    yield Case("34", "CA file missing", "tls_config: {ca_file: /nonexistent/ca.pem}", reply(200), success(0), cert="good")
    yield Case("34", "versions apart", trust.replace("}", ", max_version: TLS12}"), reply(200), success(0), cert="good",
               tls={"low": ssl.TLSVersion.TLSv1_3})
    yield Case("34", "max_version TLS12", trust.replace("}", ", max_version: TLS12}"), reply(200),
               {**success(1), 'probe_tls_version_info{version="TLS 1.2"}': 1}, cert="rsa", since="0.24.0")
    yield Case("34", "TLS to a plain port", "", reply(200), success(0, status_code=0), target="https://127.0.0.1:@PORT@/")
    yield Case("34", "plain to a TLS port", "", reply(200), success(0), cert="good", target="http://127.0.0.1:@PORT@/")
    up = {"/": redirect("/again"), "/again": reply(200)}
    yield Case("34", "Host chooses the server name", trust + ", headers: {Host: shop.test}", up, success(1, redirects=1),
               cert="good", saw=names_seen(["shop.test", "shop.test"]), target="/")


def names_seen(names):
    def check(site):
        got = [request.server_name for request in site.requests]
        return "" if got == names else f"server names {got}"

    return check


def second_version():
    trust = "tls_config: {ca_file: @CA@}"
    for name, more, path, want in (
            ("h2", "", "/small", success(1, version=2, **lengths(10, 10))),
            ("h2 demanded", ", valid_http_versions: [HTTP/2.0]", "/small", success(1, version=2)),
            ("h2 called HTTP/2", ", valid_http_versions: [HTTP/2]", "/small", success(0, version=2)),
            ("h2 off", ", enable_http2: false", "/small", success(1, version=1.1)),
            ("h2 and 404", "", "/missing", success(0, version=2, status_code=404)),
            ("h2 redirect", "", "/hop", success(1, version=2, redirects=1)),
            ("h2 endless redirects", "", "/loop", success(0, redirects=11)),
            ("h2 file", "", "/file", success(1, version=2)),
            ("h2 regex", ", fail_if_body_not_matches_regexp: ['line 199 of']", "/file", success(1)),
            ("h2 POST", ", method: POST, body: lamp", "/small", success(1, version=2)),
            ("h2 HEAD", ", method: HEAD", "/small", success(1, version=2)),
            ("h2 gzip", ", compression: gzip, headers: {Accept-Encoding: gzip}", "/packed", success(1))):
        yield Case("35", name, trust + more, None, want, target=path, nginx=True)


def families_and_limits():
    fixed = "preferred_ip_protocol: {}, ip_protocol_fallback: {}"
    for preferred, fallback, host, want in (("ip4", "false", "127.0.0.1", 4), ("ip6", "true", "127.0.0.1", 4),
                                            ("ip6", "false", "127.0.0.1", 0), ("ip4", "true", "localhost", 4)):
        yield Case("36", f"{preferred}, fallback {fallback}, {host}", fixed.format(preferred, fallback), reply(200),
                   {**success(1 if want else 0), "probe_ip_protocol": want}, host=host)
    yield Case("36", "impossible name", "", None, {**success(0, status_code=0), "probe_ip_protocol": 0, "probe_ip_addr_hash": 0},
               target="http://double..dot.test/")
    for name, target in (("port out of range", "http://127.0.0.1:99999/"), ("no host", "http:///path"),
                         ("broken escape", "http://127.0.0.1:1/%zz"), ("space in the host", "http://a b/"),
                         ("empty port", "127.0.0.1:"), ("control character", "http://127.0.0.1:1/\x01")):
        yield Case("36", name, "", None, success(0, status_code=0), target=target)
    yield Case("36", "refused", "", None, {**success(0, status_code=0), **phases(PRESENT)}, target="http://127.0.0.1:1/",
               ours=why("connect", "connect_refused"))
    yield Case("37", "slow answer, module's timeout", "", reply(delay=3.0), success(0, status_code=0),
               module="timeout: 300ms", ours={"probe_timeout_seconds": 0.3, **why("response", "timeout")})
    yield Case("37", "slow body, module's timeout", "", reply(chunks=[b"one", 3.0, b"two"]),
               success(0, status_code=200, **lengths(-1, 3)), module="timeout: 300ms",
               ours=why("response", "timeout"))


CASES = [*framing(), *odd_answers(), *regexes(), *certificates(), *second_version(), *families_and_limits()]
