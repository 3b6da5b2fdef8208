"""Rows 1 to 16 of the replay table: what blackbox_exporter's own tests assert of its http prober, as configuration, server and answer."""

from replay import Case
from website import encoded, packed, redirect, reply

BODY = b"A watch is kept in turns, and whoever keeps it writes down the hour, the wind, and every light that was seen.\n"
assert len(BODY) == 110


def success(number, **more):
    """Expected metrics by their short names: success(1, status_code=200)."""
    return {"probe_success": number, **{f"probe_http_{name}": want for name, want in more.items()}}


def lengths(content, plain):
    return {"content_length": content, "uncompressed_body_length": plain}


def statuses():
    for code, want in ((200, 1), (201, 1), (299, 1), (300, 0), (404, 0)):
        yield Case("1", f"status {code}", "", reply(code), success(want, status_code=code))
    for code, want in ((404, 1), (200, 1), (201, 0)):
        yield Case("2", f"[200, 404] and {code}", "valid_status_codes: [200, 404]", reply(code),
                   success(want, status_code=code))


def versions():
    for wanted, want in (("HTTP/1.1", 1), ("HTTP/2.0", 0)):
        yield Case("3", f"[{wanted}] from HTTP/1.1", f"valid_http_versions: [{wanted}]", reply(200),
                   success(want, version=1.1))


def codings():
    yield Case("4", "no coding", "", reply(body=BODY), success(1, **lengths(110, 110)))
    for label in ("identity", "xxx"):
        yield Case("4", f"coding {label}", "", encoded("identity", BODY, label), success(1, **lengths(110, 110)))
    for coding in ("gzip", "br", "deflate"):
        size = len(packed(coding, BODY))
        yield Case("5", f"{coding} not asked for", "", encoded(coding, BODY), success(1, **lengths(size, size)))
        yield Case("6", f"{coding} matching", f"compression: {coding}", encoded(coding, BODY),
                   success(1, **lengths(size, 110)))
    size = len(packed("gzip", BODY))
    yield Case("7", "deflate asked, gzip sent", "compression: deflate", encoded("gzip", BODY),
               success(0, **lengths(size, 0)))
    for accept in ("br, gzip", "*"):
        yield Case("8", f"accept {accept}", f'compression: gzip, headers: {{Accept-Encoding: "{accept}"}}',
                   encoded("gzip", BODY), success(1, **lengths(size, 110)), saw=header_is("Accept-Encoding", accept))


def header_is(name, content):
    def check(site):
        values = site.requests[-1].values(name) if site.requests else None
        return "" if values == [content] else f"{name} is {values}"

    return check


def sizes():
    yield Case("9", "404 with a body", "", reply(404, body=b"not here\n"), success(0, status_code=404, **lengths(9, 9)))
    for size, want in ((127, 1), (128, 1), (129, 0)):
        yield Case("10", f"limit 128B, {size} bytes", "body_size_limit: 128B", reply(body=b"x" * size),
                   success(want, content_length=size))
    for size, want in ((128, 1), (129, 0)):
        body = bytes(range(65, 91)) * 5
        yield Case("11", f"limit 128B, gzip inflates to {size}", "body_size_limit: 128B, compression: gzip",
                   encoded("gzip", body[:size]),
                   success(want, **lengths(len(packed("gzip", body[:size])), 128)))


def redirects():
    two = {"/": redirect("/next"), "/next": reply(200, body=b"here")}
    yield Case("12", "one redirect", "", two, success(1, status_code=200, redirects=1))
    yield Case("13", "not followed, 302 valid", "follow_redirects: false, valid_status_codes: [302]", two,
               success(1, status_code=302), saw=asked("/next", 0))
    yield Case("13", "not followed, deprecated name", "no_follow_redirects: true, valid_status_codes: [302]", two,
               success(1, status_code=302), saw=asked("/next", 0))
    endless = {f"/r{step}": redirect(f"/r{step + 1}") for step in range(20)}
    yield Case("14", "endless chain", "", endless, success(0, status_code=302, redirects=11), target="/r0",
               saw=asked("/r11", 0))
    yield Case("14", "chain of ten", "", {**endless, "/r10": reply(200)}, success(1, status_code=200, redirects=10),
               target="/r0")
    baked = {"/": redirect("/in", headers=[("Set-Cookie", "visit=first; Path=/")]), "/in": needs_cookie}
    yield Case("15", "cookie over a redirect", "", baked, success(1, status_code=200, redirects=1))


def needs_cookie(request):
    return reply(200 if request.values("Cookie") == ["visit=first"] else 400)


def asked(path, times):
    def check(site):
        return "" if site.hits(path) == times else f"{path} {site.hits(path)} times"

    return check


def methods():
    def posted(request):
        return reply(200 if request.method == "POST" else 400)

    yield Case("16", "POST", "method: POST", posted, success(1, status_code=200))
    yield Case("16", "GET where POST is due", "", posted, success(0, status_code=400))


CASES = [*statuses(), *versions(), *codings(), *sizes(), *redirects(), *methods()]
