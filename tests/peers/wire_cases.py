"""What the two exporters are asked to send: module, target, and where the servers A, B, C, S and the proxy P lead them.

A and B are two ports of 127.0.0.1, C is 127.0.0.2, S speaks TLS on 127.0.0.1; @A@ in a text is "127.0.0.1:port".
"""

from dataclasses import dataclass, field

from website import redirect, reply


@dataclass
class WireCase:
    name: str
    http: str = ""                          # the inside of the module's http block
    target: str = "http://@A@/end"
    hops: dict = field(default_factory=dict)  # "A /path": Reply
    since: str = ""
    parameters: dict = field(default_factory=dict)


def plain():
    yield WireCase("nothing set")
    yield WireCase("a name for the host", target="http://localhost:@A_PORT@/end?q=1&r=%20x#part")
    yield WireCase("bare host", target="@A@")
    yield WireCase("odd characters in the target", target="http://@A@/a b/ü?x=<y>&z={1}|2\"'")
    yield WireCase("escapes in the target", target="http://@A@/a%2Fb%3Fc?x=1%262&y=%2B&z=a+b")
    yield WireCase("dots in the path", target="http://@A@/a/../b/./c//d")
    yield WireCase("credentials in the target", target="http://user:pa%3Ass@@A@/end")
    yield WireCase("question mark without query", target="http://@A@/end?")
    yield WireCase("question mark without path", target="http://@A@?#part")
    yield WireCase("question mark twice", target="http://@A@/end??")
    yield WireCase("HEAD", "method: HEAD")
    yield WireCase("OPTIONS", "method: OPTIONS")
    yield WireCase("own method", "method: PROPFIND")
    yield WireCase("method in small letters", "method: post, body: x")
    yield WireCase("PUT without body", "method: PUT")
    yield WireCase("DELETE without body", "method: DELETE")
    yield WireCase("POST without body", "method: POST")
    yield WireCase("PATCH with body", 'method: PATCH, body: "a=1"')
    yield WireCase("GET with body", 'body: "a=1"')
    yield WireCase("POST with body", 'method: POST, body: "line one\\nline two"')
    yield WireCase("body of 3000 bytes", f'method: POST, body: "{"w" * 3000}"')
    yield WireCase("body from a file", "method: POST, body_file: @BODY_FILE@", since="0.24.0")
    yield WireCase("GET with body from a file", "body_file: @BODY_FILE@", since="0.24.0")
    yield WireCase("body of an empty file", "method: POST, body_file: @EMPTY_FILE@", since="0.24.0")
    yield WireCase("hostname parameter", parameters={"hostname": "shop.test"})


def headers():
    yield WireCase("many headers", 'headers: {x-lamp: lit, Accept-Language: "fy, nl", accept: "*/*", X_under: "1"}')
    yield WireCase("Host", "headers: {Host: shop.test}")
    yield WireCase("Host in small letters", "headers: {host: shop.test}")
    yield WireCase("User-Agent", "headers: {user-agent: watch/1}")
    yield WireCase("empty User-Agent", 'headers: {User-Agent: ""}')
    yield WireCase("empty value", 'headers: {X-Lamp: ""}')
    yield WireCase("Content-Type with POST", "method: POST, body: '{}', headers: {Content-Type: application/json}")
    yield WireCase("Content-Length of our own", 'method: POST, body: abc, headers: {Content-Length: "9"}')
    yield WireCase("Connection keep-alive", "headers: {Connection: keep-alive}")
    yield WireCase("Connection close", "headers: {Connection: close}")
    yield WireCase("Transfer-Encoding", "method: POST, body: abc, headers: {Transfer-Encoding: chunked}")
    yield WireCase("Expect", 'method: POST, body: abc, headers: {Expect: "100-continue"}')
    yield WireCase("Cookie", 'headers: {Cookie: "a=1; b=2"}')
    yield WireCase("http_headers", "http_headers: {X-Lamp: {values: [lit, dim], secrets: [hush]}}", since="0.26.0")
    yield WireCase("Accept-Encoding", "headers: {Accept-Encoding: gzip}, compression: gzip")
    yield WireCase("compression only", "compression: gzip")


def credentials():
    yield WireCase("basic_auth", "basic_auth: {username: keeper, password: 'p:w'}")
    yield WireCase("basic_auth without password", "basic_auth: {username: keeper}")
    yield WireCase("basic_auth from a file", "basic_auth: {username: keeper, password_file: @SECRET_FILE@}")
    yield WireCase("bearer_token", "bearer_token: t0ken")
    yield WireCase("bearer_token_file", "bearer_token_file: @SECRET_FILE@")
    yield WireCase("authorization", "authorization: {credentials: t0ken}")
    yield WireCase("authorization with a type", "authorization: {type: Watch, credentials: t0ken}")
    yield WireCase("authorization header", "headers: {Authorization: 'Own words'}")
    yield WireCase("authorization header and basic_auth",
                   "headers: {Authorization: 'Own words'}, basic_auth: {username: keeper, password: pw}")
    yield WireCase("credentials in the target and bearer", "bearer_token: t0ken", target="http://user:pass@@A@/end")


def redirects():
    for code in (301, 302, 303, 307, 308):
        yield WireCase(f"POST over {code}", "method: POST, body: abc, headers: {Content-Type: text/x-watch}",
                       f"http://@A@/post{code}", {f"A /post{code}": redirect("/end", code)})
    yield WireCase("PUT over 302", "method: PUT, body: abc", "http://@A@/put302", {"A /put302": redirect("/end", 302)})
    yield WireCase("HEAD over 302", "method: HEAD", "http://@A@/head302", {"A /head302": redirect("/end", 302)})
    yield WireCase("HEAD over 303", "method: HEAD", "http://@A@/head303", {"A /head303": redirect("/end", 303)})
    yield WireCase("POST from a file over 307", "method: POST, body_file: @BODY_FILE@", "http://@A@/file307",
                   {"A /file307": redirect("/end", 307)}, since="0.24.0")
    yield WireCase("Host header, relative redirect", "headers: {Host: shop.test}", "http://@A@/hostrel",
                   {"A /hostrel": redirect("/end")})
    yield WireCase("Host header, absolute redirect", "headers: {Host: shop.test}", "http://@A@/hostabs",
                   {"A /hostabs": redirect("http://@A@/end")})
    yield WireCase("name, relative redirect", target="http://localhost:@A_PORT@/namerel",
                   hops={"A /namerel": redirect("/end")})
    yield WireCase("name, absolute redirect to it", target="http://localhost:@A_PORT@/nameabs",
                   hops={"A /nameabs": redirect("http://localhost:@A_PORT@/end")})
    yield WireCase("redirect with a fragment", target="http://@A@/frag#one", hops={"A /frag": redirect("/end#two")})
    yield WireCase("redirect to a query", target="http://@A@/query?x=1", hops={"A /query": redirect("/end?y=2")})
    yield WireCase("redirect to a question mark", target="http://@A@/mark", hops={"A /mark": redirect("/end?")})
    yield WireCase("redirect from a question mark", target="http://@A@/marked?", hops={"A /marked": redirect("/end")})
    yield WireCase("redirect to nothing but a query", target="http://@A@/bare?x=1",
                   hops={"A /bare": [redirect("?y=2"), redirect("/end")]})
    yield WireCase("credentials in the target, redirect", target="http://user:pass@@A@/keep",
                   hops={"A /keep": redirect("/end")})
    yield WireCase("credentials in the target, other host", target="http://user:pass@@A@/lose",
                   hops={"A /lose": redirect("http://@C@/end")})
    yield WireCase("Referer of our own", "headers: {Referer: 'http://own.test/'}", "http://@A@/ref",
                   {"A /ref": redirect("/end")})
    yield WireCase("empty Location", "valid_status_codes: [302]", "http://@A@/void", {"A /void": redirect("")})
    yield WireCase("redirect without scheme", target="http://@A@/noscheme", hops={"A /noscheme": redirect("//@B@/end")})
    yield WireCase("redirect with dots", target="http://@A@/d/e/dots", hops={"A /d/e/dots": redirect("../up")})
    yield WireCase("redirect with odd characters", target="http://@A@/oddhop",
                   hops={"A /oddhop": redirect("/a b?c=d e&f=<g>")})
    yield WireCase("redirect with credentials", target="http://@A@/credhop",
                   hops={"A /credhop": redirect("http://user:pass@@A@/end")})
    yield WireCase("redirect without Location", "valid_status_codes: [302]", "http://@A@/noloc",
                   {"A /noloc": reply(302)})
    yield WireCase("redirect to ftp", target="http://@A@/ftp", hops={"A /ftp": redirect("ftp://@A@/end")})
    yield WireCase("304 with Location", "valid_status_codes: [304]", "http://@A@/nm", {"A /nm": redirect("/end", 304)})
    yield WireCase("300 with Location", "valid_status_codes: [300]", "http://@A@/mc", {"A /mc": redirect("/end", 300)})
    yield WireCase("201 with Location", "", "http://@A@/cr", {"A /cr": redirect("/end", 201)})


def redirected_credentials():
    auth = "basic_auth: {username: keeper, password: pw}"
    cookie = "headers: {Cookie: 'c=1', Authorization: 'Own words', X-Key: k, X-Plain: p}"
    for label, what in (("basic_auth", auth), ("bearer", "bearer_token: t0ken"), ("headers", cookie)):
        path = f"/{label}"
        yield WireCase(f"{label}, same host", what, f"http://@A@{path}same", {f"A {path}same": redirect("/end")})
        yield WireCase(f"{label}, absolute, same IP", what, f"http://@A@{path}abs",
                       {f"A {path}abs": redirect("http://@A@/end")})
        yield WireCase(f"{label}, other port", what, f"http://@A@{path}port",
                       {f"A {path}port": redirect("http://@B@/end")})
        yield WireCase(f"{label}, other host", what, f"http://@A@{path}host",
                       {f"A {path}host": redirect("http://@C@/end")})
        yield WireCase(f"{label}, name to the same name", what, f"http://localhost:@A_PORT@{path}name",
                       {f"A {path}name": redirect("http://localhost:@A_PORT@/end")})
        yield WireCase(f"{label}, there and back", what, f"http://@A@{path}out",
                       {f"A {path}out": redirect(f"http://@C@{path}back"), f"C {path}back": redirect("http://@A@/end")})
    baked = redirect("http://@A@/eat2", headers=[("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/eat")])
    yield WireCase("cookies, absolute redirect", target="http://@A@/eat1",
                   hops={"A /eat1": baked, "A /eat2": redirect("/end")})
    yield WireCase("cookies, name in the target", target="http://localhost:@A_PORT@/eat3",
                   hops={"A /eat3": redirect("/end", headers=[("Set-Cookie", "a=1; Path=/")])})
    yield WireCase("cookies to another host", target="http://@A@/eat4",
                   hops={"A /eat4": redirect("http://@C@/end", headers=[("Set-Cookie", "a=1; Path=/")])})
    yield WireCase("secure cookie over http", target="http://@A@/eat5",
                   hops={"A /eat5": redirect("/end", headers=[("Set-Cookie", "a=1; Path=/; Secure")])})
    yield WireCase("cookie and a Cookie header", "headers: {Cookie: 'mine=1'}", "http://@A@/eat6",
                   {"A /eat6": redirect("/end", headers=[("Set-Cookie", "a=1; Path=/")])})


def tls_and_proxies():
    trust = "tls_config: {ca_file: @CA@}"
    yield WireCase("https", trust, "https://localhost:@S_PORT@/end")
    yield WireCase("https by IP", trust, "https://@S@/end")
    yield WireCase("https and a question mark", trust, "https://localhost:@S_PORT@/end?")
    yield WireCase("https with Host", f"{trust}, headers: {{Host: shop.test}}", "https://@S@/end")
    yield WireCase("http to https", f"{trust}, basic_auth: {{username: keeper, password: pw}}", "http://@A@/up",
                   {"A /up": redirect("https://@S@/end")})
    yield WireCase("https to http", f"{trust}, basic_auth: {{username: keeper, password: pw}}", "https://@S@/down",
                   {"S /down": redirect("http://@A@/end")})
    yield WireCase("proxy", "proxy_url: http://@P@", "http://localhost:@A_PORT@/end?x=1")
    yield WireCase("proxy and a question mark", "proxy_url: http://@P@", "http://localhost:@A_PORT@/end?")
    yield WireCase("proxy, https and a question mark", f"proxy_url: http://@P@, {trust}",
                   "https://localhost:@S_PORT@/end?")
    yield WireCase("proxy with skip_resolve", "proxy_url: http://@P@, skip_resolve_phase_with_proxy: true",
                   "http://shop.test/end?x=1")
    yield WireCase("proxy with credentials", "proxy_url: 'http://pu:pp@@P@'", "http://localhost:@A_PORT@/end")
    yield WireCase("proxy and POST", "proxy_url: http://@P@, method: POST, body: abc", "http://localhost:@A_PORT@/end")
    yield WireCase("proxy and https", f"proxy_url: http://@P@, {trust}", "https://localhost:@S_PORT@/end")
    yield WireCase("proxy with credentials and https", f"proxy_url: 'http://pu:pp@@P@', {trust}",
                   "https://localhost:@S_PORT@/end")
    yield WireCase("proxy, https and skip_resolve",
                   f"proxy_url: http://@P@, skip_resolve_phase_with_proxy: true, {trust}",
                   "https://localhost:@S_PORT@/end")
    yield WireCase("proxy_connect_header",
                   f"proxy_url: http://@P@, proxy_connect_header: {{X-Pass: [yes it is]}}, {trust}",
                   "https://localhost:@S_PORT@/end", since="0.25.0")
    yield WireCase("proxy_connect_header and plain http",
                   "proxy_url: 'http://pu:pp@@P@', proxy_connect_header: {X-Pass: [yes it is]}",
                   "http://localhost:@A_PORT@/end", since="0.25.0")
    yield WireCase("proxy, https and a User-Agent", f"proxy_url: http://@P@, headers: {{User-Agent: watch/1}}, {trust}",
                   "https://localhost:@S_PORT@/end")
    yield WireCase("proxy_connect_header with a User-Agent",
                   f"proxy_url: http://@P@, proxy_connect_header: {{User-Agent: [watch/1]}}, {trust}",
                   "https://localhost:@S_PORT@/end", since="0.25.0")
    yield WireCase("no_proxy", "proxy_url: http://@P@, no_proxy: 127.0.0.1", "http://@A@/end", since="0.25.0")


CASES = [*plain(), *headers(), *credentials(), *redirects(), *redirected_credentials(), *tls_and_proxies()]
