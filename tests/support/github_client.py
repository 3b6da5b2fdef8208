"""A plain client of the stand-in for its own tests: asks, follows links, sends GraphQL. It keeps one connection and no secrets of its own."""

import gzip
import http.client
import json
import re
import ssl
import urllib.parse


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.body = status, body
        self.headers = {name.lower(): value for name, value in headers}

    @property
    def data(self):
        return json.loads(self.body)

    @property
    def links(self):
        """rel -> URL of the Link header."""
        return {rel: url for url, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', self.headers.get("link", ""))}

    def limit(self, name):
        """x-ratelimit-<name> as a number."""
        return int(self.headers["x-ratelimit-" + name])


class Client:
    def __init__(self, hub, token="", base=None, ca_file=None, **headers):
        self.hub, self.base = hub, base or hub.url
        self.headers = {"User-Agent": "vedette-test", "Accept": "application/vnd.github+json"}
        if token is not None:
            self.headers["Authorization"] = "Bearer " + (token or hub.token)
        self.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        parts = urllib.parse.urlsplit(self.base)
        if parts.scheme == "https":
            self._line = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=20, context=ssl.create_default_context(cafile=ca_file))
        else:
            self._line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)

    def close(self):
        self._line.close()

    def ask(self, method, path, body=None, **headers):
        """One exchange; a full URL of this server is as good as a path below the base."""
        target = path if "://" in path else self.base + path
        target = target[len(self.hub.root):]
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        sent = {name: value for name, value in sent.items() if value is not None}
        self._line.putrequest(method, target, skip_accept_encoding=True)
        if body is not None:
            sent["Content-Length"] = str(len(body))
        for name, value in sent.items():
            self._line.putheader(name, value)
        self._line.endheaders(body)
        try:
            got = self._line.getresponse()
            data = got.read()
        except (http.client.HTTPException, OSError):
            self._line.close()
            raise
        if got.getheader("Content-Encoding") == "gzip":
            data = gzip.decompress(data)
        return Reply(got.status, got.getheaders(), data)

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def walk(self, path, rows=lambda data: data):
        """Every row of a list, by following rel=next; fails on anything but 200."""
        found = []
        while path:
            reply = self.get(path)
            assert reply.status == 200, (path, reply.status, reply.body[:300])
            found += rows(reply.data)
            path = reply.links.get("next")
        return found

    def graphql(self, query, **variables):
        """(data, errors, Reply) of a query."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        reply = self.ask("POST", self.hub.graphql_url, body, Content_Type="application/json")
        page = reply.data if reply.headers.get("content-type", "").startswith("application/json") else {}
        return page.get("data"), page.get("errors"), reply

    def control(self, method, **arguments):
        """The control plane over HTTP."""
        return self.ask("POST", self.hub.root + "/__control/" + method, json.dumps(arguments).encode()).data
