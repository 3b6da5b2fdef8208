#!/usr/bin/env python3
"""--web.config.file on the running agent: TLS, clients' certificates, users, headers, the limit, and files that change."""

import re
import socket
import ssl
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from certs import CLIENT, Certs  # noqa: E402
from exposition import parse_text, value  # noqa: E402
from process import run_command, tool, vedette_binary, wait_until  # noqa: E402
from web_agent import ANOTHER, SECRET, SLOW_SECRET, TARGETS, WebVedette, client_context, login, replace  # noqa: E402

CERTS = Certs.shared()
KINDS = ("NoClientCert", "RequestClientCert", "RequireAnyClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert")


def tls(cert="good", **more):
    """A tls_server_config as YAML."""
    lines = {"cert_file": CERTS[cert].crt, "key_file": CERTS[cert].key, **more}
    return "tls_server_config: {" + ", ".join(f"{key}: {text}" for key, text in lines.items()) + "}\n"


def ours(**more):
    return client_context(CERTS.ca_file, **more)


class TlsTest(unittest.TestCase):
    def test_a_client_is_served_over_tls_and_told_so_without(self):
        with WebVedette(tls(), ours()) as agent:
            self.assertEqual((agent.ask().status, agent.ask().text), (200, "Healthy"))
            self.assertIn(f"address=https://127.0.0.1:{agent.port}", agent.log())
            plain = agent.get("/metrics")
            self.assertEqual((plain.status, plain.text), (400, "Client sent an HTTP request to an HTTPS server.\n"))
            self.assertTrue(agent.refuses(client_context(CERTS.other_ca_file)))

    def test_curl_agrees(self):
        with WebVedette(tls("chained")) as agent:
            done = run_command([tool("curl"), "-sSi", "--max-time", "20", "--http2", "--cacert", CERTS.ca_file,
                                f"https://localhost:{agent.port}/-/ready", f"https://localhost:{agent.port}/-/healthy"])
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stdout.count("HTTP/1.1 200 OK"), 2, done.stdout)

    def test_versions_below_the_least_and_above_the_most_are_refused(self):
        versions = (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
        for least, most, served in ((None, None, (False, True, True)), ("TLS13", None, (False, False, True)),
                                    ("TLS11", "TLS12", (True, True, False))):
            limits = {key: word for key, word in (("min_version", least), ("max_version", most)) if word}
            with WebVedette(tls(**limits)) as agent:
                for version, good in zip(versions, served):
                    with self.subTest(limits, version=version.name):
                        self.assertEqual(agent.refuses(ours(low=version, high=version)), not good)

    def test_ciphers_and_curves_are_those_of_the_file(self):
        more = {"max_version": "TLS12", "cipher_suites": "[TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]",
                "curve_preferences": "[CurveP384]"}
        with WebVedette(tls(**more)) as agent:
            with agent.connect(ours()) as line:
                self.assertEqual(line.cipher()[0], "ECDHE-ECDSA-AES256-GCM-SHA384")
            narrow = ours()
            narrow.set_ecdh_curve("prime256v1")
            self.assertTrue(agent.refuses(narrow))

    def test_protocols_that_we_do_not_speak_are_refused(self):
        with WebVedette(tls()) as agent:
            with agent.connect(ours(alpn=["h2", "http/1.1"])) as line:
                self.assertEqual(line.selected_alpn_protocol(), "http/1.1")
            self.assertTrue(agent.refuses(ours(alpn=["h2"])))

    def test_certificate_and_key_may_stand_in_the_file(self):
        def block(name):
            return "".join(f"    {line}\n" for line in Path(name).read_text().splitlines())
        text = f"tls_server_config:\n  cert: |\n{block(CERTS['good'].crt)}  key: |\n{block(CERTS['good'].key)}"
        with WebVedette(text, ours()) as agent:
            self.assertEqual(agent.ask().status, 200)
            self.assertNotIn("PRIVATE", agent.log())


class ClientCertificateTest(unittest.TestCase):
    def test_every_policy_with_every_client(self):
        # none, a good one, one of an unknown authority, an expired one
        clients = (None, "client", "client_unknown", "client_expired")
        served = {"NoClientCert": (1, 1, 1, 1), "RequestClientCert": (1, 1, 1, 1), "RequireAnyClientCert": (0, 1, 1, 1),
                  "VerifyClientCertIfGiven": (1, 1, 0, 0), "RequireAndVerifyClientCert": (0, 1, 0, 0)}
        self.assertEqual(tuple(served), KINDS)
        for kind, answers in served.items():
            authorities = {} if kind == "NoClientCert" else {"client_ca_file": CERTS.ca_file}
            with WebVedette(tls(client_auth_type=kind, **authorities)) as agent:
                for high in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                    for client, good in zip(clients, answers):
                        with self.subTest(kind, client=client, version=high.name):
                            self.assertEqual(agent.refuses(ours(cert=client and CERTS[client], high=high)), not good)

    def test_without_authorities_of_its_own_the_system_decides(self):
        with WebVedette(tls(client_auth_type="RequireAndVerifyClientCert")) as agent:
            self.assertTrue(agent.refuses(ours(cert=CERTS["client"])))

    def test_allowed_names(self):
        names = "[agent.test, 10.1.2.3, 'spiffe://shop/scraper', me@shop.test]"
        config = tls(client_auth_type="RequireAndVerifyClientCert", client_ca_file=CERTS.ca_file, client_allowed_sans=names)
        cases = {"DNS:agent.test": True, "DNS:x.test,IP:10.1.2.3": True, "URI:spiffe://shop/scraper": True,
                 "email:me@shop.test": True, "DNS:agent.test.evil.test": False, "IP:10.1.2.4": False, None: False}
        with WebVedette(config) as agent:
            for at, (san, good) in enumerate(cases.items()):
                with self.subTest(san):
                    cert = CERTS.issue(f"allowed-{at}", san=san, use=CLIENT)
                    self.assertEqual(agent.refuses(ours(cert=cert)), not good)


class UsersTest(unittest.TestCase):
    def test_who_may_ask(self):
        with WebVedette(f"basic_auth_users: {{alice: '{SECRET}', bob: '{ANOTHER}'}}\n") as agent:
            for name, password, status in (("alice", "secret", 200), ("bob", "another", 200), ("alice", "another", 401),
                                           ("nobody", "secret", 401), ("alice", "", 401), ("", "", 401)):
                for _ in range(2):
                    with self.subTest(name, password=password):
                        self.assertEqual(agent.ask(headers=login(name, password)).status, status)
            stranger = agent.ask("/metrics")
            self.assertEqual((stranger.status, stranger.text), (401, "Unauthorized\n"))
            self.assertEqual(stranger.headers["www-authenticate"], "Basic")
            for path in ("/", "/config", "/probe?target=x", "/nowhere", "/-/healthy"):
                self.assertEqual(agent.ask(path).status, 401, path)
            self.assertEqual(agent.ask("/-/reload", method="POST", body=b"x" * 500_000).status, 401)
            page = agent.ask("/metrics", login("alice", "secret")).text
            for secret in ("secret", SECRET, ANOTHER, "$2b$"):
                self.assertNotIn(secret, agent.log() + page)

    def test_users_follow_the_file(self):
        with WebVedette(f"basic_auth_users: {{alice: '{SECRET}'}}\n") as agent:
            self.assertEqual(agent.ask(headers=login("alice", "secret")).status, 200)
            agent.rewrite(f"basic_auth_users: {{alice: '{ANOTHER}'}}\n")
            self.assertEqual(agent.ask(headers=login("alice", "secret")).status, 401)
            self.assertEqual(agent.ask(headers=login("alice", "another")).status, 200)
            agent.rewrite("basic_auth_users: {alice: another}\n")  # no hash: the last good users stay
            for _ in range(3):
                self.assertEqual(agent.ask(headers=login("alice", "another")).status, 200)
            self.assertEqual(agent.log().count("web configuration cannot be used"), 1, agent.log())
            page = parse_text(agent.ask("/metrics", login("alice", "another")).body)
            self.assertEqual(value(page, "vedette_web_config_last_reload_successful"), 0)
            agent.rewrite("")
            self.assertEqual(value(parse_text(agent.ask("/metrics").body), "vedette_web_config_last_reload_successful"), 1)
            agent.rewrite(tls())
            self.assertEqual(agent.ask().status, 200)
            self.assertIn("a restart can turn it on", agent.log())

    def test_a_scrape_does_not_cost_a_bcrypt_each_time(self):
        with WebVedette(f"basic_auth_users: {{alice: '{SLOW_SECRET}'}}\n") as agent:
            def cpu():
                page = agent.ask("/metrics", login("alice", "secret"))
                return value(parse_text(page.body), "process_cpu_seconds_total")
            agent.ask(headers=login("alice", "wrong"))
            first = cpu()  # one wrong login and one right one: two checks
            for _ in range(30):
                self.assertEqual(agent.ask(headers=login("alice", "secret")).status, 200)
                self.assertEqual(agent.ask(headers=login("alice", "wrong")).status, 401)
            self.assertLess(cpu() - first, first)


class AnswerTest(unittest.TestCase):
    def test_headers_are_on_every_answer(self):
        wanted = {"Content-Security-Policy": "default-src 'self'", "X-Frame-Options": "deny", "X-Content-Type-Options": "nosniff",
                  "X-XSS-Protection": "1; mode=block", "Strict-Transport-Security": "max-age=31536000"}
        rows = "".join(f'    {name}: "{text}"\n' for name, text in wanted.items())
        with WebVedette(f"http_server_config:\n  headers:\n{rows}basic_auth_users: {{alice: '{SECRET}'}}\n") as agent:
            for path, headers, status in (("/metrics", login("alice", "secret"), 200), ("/metrics", {}, 401),
                                          ("/-/reload", login("alice", "secret"), 405)):
                answer = agent.ask(path, headers)
                self.assertEqual(answer.status, status)
                for name, text in wanted.items():
                    self.assertEqual(answer.headers[name.lower()], text, path)

    def test_a_limit_refuses_what_is_too_much(self):
        with WebVedette("rate_limit: {interval: 1h, burst: 4}\n") as agent:
            answers = [agent.ask() for _ in range(6)]
            self.assertEqual([answer.status for answer in answers], [200] * 4 + [429] * 2)
            self.assertEqual(answers[-1].text, "Too Many Requests\n")
            agent.rewrite("rate_limit: {interval: 1ms, burst: 4}\n")
            wait_until(lambda: agent.ask().status == 200, 10, "the new limit")


class ChangeTest(unittest.TestCase):
    def serial(self, agent):
        with agent.connect() as line:
            return line.getpeercert()["serialNumber"]

    def test_a_certificate_is_swapped_without_a_restart(self):
        here = Path(CERTS.directory)
        for kind in ("crt", "key"):
            replace(here / f"live.{kind}", getattr(CERTS["good"], kind).read_text())
        text = f"tls_server_config: {{cert_file: {here}/live.crt, key_file: {here}/live.key}}\n"
        with WebVedette(text, ours()) as agent:
            before = self.serial(agent)
            with agent.connect() as old:  # a connection that is there stays
                replace(here / "live.crt", CERTS["rsa"].crt.read_text())  # not with this key: the last good pair stays
                wait_until(lambda: self.serial(agent) == before and "the key does not belong" in agent.log(), 5, "a look")
                for _ in range(3):
                    self.assertEqual(self.serial(agent), before)
                self.assertEqual(agent.log().count("the key does not belong to the certificate"), 1, agent.log())
                replace(here / "live.key", CERTS["rsa"].key.read_text())
                wait_until(lambda: self.serial(agent) != before, 5, "the new certificate")
                old.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertTrue(old.recv(100).startswith(b"HTTP/1.1 200"))
            self.assertIn("web configuration loaded", agent.log())

    def test_an_authority_that_is_taken_away_is_trusted_no_more(self):
        required = {"client_auth_type": "RequireAndVerifyClientCert"}
        with WebVedette(tls(client_ca_file=CERTS.ca_file, **required), ours(cert=CERTS["client"])) as agent:
            self.assertEqual(agent.ask().status, 200)
            agent.rewrite(tls(client_ca_file=CERTS.other_ca_file, **required))
            wait_until(lambda: agent.refuses(agent.context), 5, "a refusal")

    def test_paths_are_relative_to_the_file(self):
        with WebVedette(tls(), ours()) as agent:
            for kind in ("crt", "key"):
                replace(agent.directory / f"beside.{kind}", getattr(CERTS["rsa"], kind).read_text())
            before = self.serial(agent)
            agent.rewrite("tls_server_config: {cert_file: beside.crt, key_file: ./beside.key}\n")
            wait_until(lambda: self.serial(agent) != before, 5, "the new certificate")


class MistakeTest(unittest.TestCase):
    def run_on(self, web, *arguments, config=TARGETS):
        directory = Path(CERTS.directory)
        replace(directory / "mistaken.yml", web)
        replace(directory / "vedette.yml", config)
        done = run_command([vedette_binary(), *(arguments or ["--web.listen-address=127.0.0.1:0"]), f"--config.file={directory}/vedette.yml",
                            f"--web.config.file={directory}/mistaken.yml"])
        return done.returncode, done.stdout + done.stderr

    def test_a_bad_file_stops_the_start_with_every_mistake(self):
        wrong = "basic_auth_users: {alice: hunter2}\nhttp_server_config: {http3: true}\n"
        code, said = self.run_on(wrong, config="targets: [{name: x}]\n")
        self.assertEqual(code, 1)
        for place in ("mistaken.yml:1: basic_auth_users.alice", "mistaken.yml:2: http_server_config.http3", "vedette.yml:1: targets"):
            self.assertIn(place, said)
        self.assertNotIn("hunter2", said)

    def test_the_check_looks_at_it_too(self):
        for arguments in (["--config.check"], ["run", "--config.check"]):
            code, said = self.run_on("rate_limit: {interval: 1s}\n", *arguments)
            self.assertEqual(code, 1, said)
            self.assertRegex(said, r"mistaken\.yml:1: rate_limit: ")
            self.assertEqual(self.run_on(tls(), *arguments)[0], 0)
        done = run_command([vedette_binary(), "check", "--web.config.file=/nowhere", Path(CERTS.directory, "vedette.yml")])
        self.assertEqual((done.returncode, done.stdout), (1, "/nowhere: cannot be read: No such file or directory\n"))

    def test_what_is_wrong_with_certificates(self):
        good, rsa = CERTS["good"], CERTS["rsa"]
        locked = Path(CERTS.directory, "locked.key")
        run_command([tool("openssl"), "ec", "-in", good.key, "-aes128", "-passout", "pass:x", "-out", locked])
        for cert, key, rule in ((good.crt, rsa.key, "tls_server_config: the key does not belong to the certificate"),
                                (good.key, good.key, "cert_file: .* holds no certificate in PEM"),
                                (good.crt, good.crt, "key_file: .* holds no private key in PEM"),
                                (good.crt, locked, "key_file: .* holds a key with a password, which nobody could enter")):
            with self.subTest(rule):
                code, said = self.run_on(f"tls_server_config: {{cert_file: {cert}, key_file: {key}}}\n", "--config.check")
                self.assertEqual(code, 1, said)
                self.assertRegex(said, rf"mistaken\.yml:1: .*{rule}\n")
        bad = tls(client_auth_type="RequestClientCert", client_ca_file=good.key)
        self.assertRegex(self.run_on(bad, "--config.check")[1], r"client_ca_file: .* holds no certificate in PEM")
        pointless = tls(client_ca_file=CERTS.ca_file)
        self.assertRegex(self.run_on(pointless, "--config.check")[1], re.escape("client_auth_type does not ask for certificates"))


if __name__ == "__main__":
    socket.setdefaulttimeout(30)
    unittest.main()
