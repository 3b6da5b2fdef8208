#!/usr/bin/env python3
"""The web side's own doors: TLS against rude clients, the way in behind it, systemd's sockets, IPv6, and the stop."""

import contextlib
import re
import signal
import socket
import ssl
import sys
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from certs import Certs  # noqa: E402
from exposition import parse_text, value  # noqa: E402
from process import Process, Vedette, free_port, run_command, vedette_binary, vedette_on, wait_until  # noqa: E402
from raw_http import RawConnection  # noqa: E402
from web_agent import SECRET, TARGETS, WebVedette, ask, client_context  # noqa: E402
from web_requests import BROKEN_REQUESTS  # noqa: E402
from website import Site, reply  # noqa: E402

CERTS = Certs.shared()
TLS = f"tls_server_config: {{cert_file: {CERTS['good'].crt}, key_file: {CERTS['good'].key}}}\n"
MODULE = "modules: {plain: {prober: http, timeout: 30s, http: {preferred_ip_protocol: ip4}}}\n"
SUPPORT = Path(__file__).resolve().parents[1] / "support"


def many_targets(count):
    rows = "".join(f"  - {{name: target-number-{n}, url: 'http://127.0.0.1:9/', interval: 7d}}\n" for n in range(count))
    return f"targets:\n{rows}"


class RudeTest(unittest.TestCase):
    """One agent; after each test nobody is waiting and no descriptor is left."""

    @classmethod
    def setUpClass(cls):
        cls.context = client_context(CERTS.ca_file)
        cls.agent = cls.enterClassContext(WebVedette(TLS, cls.context, MODULE))
        cls.agent.ask("/metrics")

    def setUp(self):
        wait_until(lambda: self.agent.descriptors() == self.settled(), 20, "a quiet agent")
        self.descriptors = self.agent.descriptors()

    def tearDown(self):
        self.assertEqual(self.agent.ask().status, 200)
        wait_until(lambda: self.agent.descriptors() <= self.descriptors, 20, "rude clients to be let go")

    def settled(self):
        """Descriptors without connections: the doors, the loop's and the like stay, sockets that are connected go."""
        connected = sum(1 for row in Path(f"/proc/{self.agent.pid}/net/tcp").read_text().splitlines()[1:]
                        if row.split()[3] == "01" and f"{self.agent.port:04X}" in row.split()[1])
        return self.agent.descriptors() if connected == 0 else -1

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.agent.port), 20)

    def test_silent_clients_do_not_keep_others_waiting(self):
        with contextlib.ExitStack() as stack:
            for number in range(100):
                line = stack.enter_context(self.connect())
                if number % 3:
                    line.sendall(b"\x16\x03\x01\x02\x00\x01\x00"[:number % 3 * 3])  # a handshake that stops at once
            for _ in range(5):
                self.assertEqual(self.agent.ask().status, 200)
            # They are sent away though they do nothing, and without the agent waiting busily.
            before = self.cpu()
            with contextlib.suppress(ConnectionError):
                self.assertEqual(line.recv(100), b"")
            self.assertLess(self.cpu() - before, 1.0)

    def cpu(self):
        return value(parse_text(self.agent.ask("/metrics").body), "process_cpu_seconds_total")

    def test_clients_that_are_silent_after_the_handshake_are_sent_away(self):
        with contextlib.ExitStack() as stack:
            lines = [stack.enter_context(self.agent.connect()) for _ in range(40)]
            lines[0].sendall(b"GET / HT")
            self.assertEqual(self.agent.ask().status, 200)
            for line in lines:
                with contextlib.suppress(ssl.SSLError, ConnectionError):
                    while line.recv(1000):  # at most a refusal, then the end
                        pass

    def test_more_clients_than_there_is_room_for(self):
        with contextlib.ExitStack() as stack:
            for _ in range(600):
                stack.enter_context(self.connect())
            self.assertEqual(self.agent.ask().status, 200)
            self.assertLess(self.agent.descriptors(), self.descriptors + 520)  # 512 clients, and the way in of one

    def test_bytes_that_are_no_tls(self):
        for data in (b"\0" * 500, b"\x16\x03\x01\xff\xff" + b"x" * 70_000, b"SSH-2.0-x\r\n", b"\x80\x2e\x01\x00\x02", b"\x15\x03\x03\x00\x02\x02\x28"):
            with self.subTest(data[:8]), self.connect() as line:
                with contextlib.suppress(ConnectionError):
                    line.sendall(data)
                    line.shutdown(socket.SHUT_WR)
                    while line.recv(1000):
                        pass

    def test_broken_requests_inside_tls(self):
        for name, data in BROKEN_REQUESTS.items():
            with self.subTest(name), self.agent.connect() as line:
                received = b""
                with contextlib.suppress(ssl.SSLError, ConnectionError):
                    line.sendall(data)
                with contextlib.suppress(ssl.SSLError, ConnectionError):
                    while more := line.recv(10_000):
                        received += more
                self.assertRegex(received[:12], rb"^(HTTP/1.1 [45]|$)")

    def test_a_request_over_many_records_and_one_connection_for_many_requests(self):
        with self.agent.connect() as line:
            for letter in b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n":
                line.sendall(bytes([letter]))
            self.assertTrue(line.recv(1000).startswith(b"HTTP/1.1 200"))
            line.sendall(b"GET /-/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            received = b""
            while more := line.recv(1000):
                received += more
            self.assertTrue(received.endswith(b"Ready"), received)

    def test_clients_that_leave_in_the_middle(self):
        for _ in range(50):
            with self.agent.connect() as line:
                line.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")

    def test_the_way_in_is_for_the_front_alone(self):
        port = self.agent.inner_port()
        self.assertIsNotNone(port)
        reloads = "vedette_config_reloads_total"
        before = value(parse_text(self.agent.ask("/metrics").body), reloads)
        for method, path in (("GET", "/metrics"), ("GET", "/config"), ("POST", "/-/reload"), ("GET", "/-/healthy"), ("GET", "/")):
            with RawConnection(port) as line:
                answer = line.get(path, "Content-Length: 0", method=method).answer()
                self.assertEqual((answer.status, answer.text), (403, "this port is the agent's own\n"))
        self.assertEqual(value(parse_text(self.agent.ask("/metrics").body), reloads), before)


class PageTest(unittest.TestCase):
    def test_big_pages_are_the_same_with_tls_and_without(self):
        text = many_targets(5000)
        with WebVedette(TLS, client_context(CERTS.ca_file), text) as agent, vedette_on(text) as plain:
            one, other = agent.ask("/config", {"Accept-Encoding": "identity"}), plain.get("/config")
            self.assertGreater(len(one.body), 300_000)
            self.assertEqual(one.body, other.body)

            def rows(page):
                return sorted(re.findall(rb"^vedette_probe_results_total\{[^}]*\}", page.body, re.M))

            with ThreadPoolExecutor(4) as pool:
                pages = list(pool.map(lambda _: agent.ask("/metrics"), range(8)))
            expected = rows(plain.get("/metrics"))
            self.assertGreaterEqual(len(expected), 5000)
            for page in pages:
                self.assertEqual(page.status, 200)
                self.assertEqual(rows(page), expected)

    def test_a_slow_reader_gets_the_whole_page(self):
        with WebVedette(TLS, client_context(CERTS.ca_file), many_targets(2000)) as agent:
            plain = socket.socket()
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            plain.settimeout(20)
            plain.connect(("127.0.0.1", agent.port))
            page = ask(agent.context.wrap_socket(plain, server_hostname="localhost"), "/config")
            self.assertEqual(page.body, agent.ask("/config").body)


class StopTest(unittest.TestCase):
    def test_a_request_that_runs_may_end(self):
        arrived, released = threading.Event(), threading.Event()

        def hold(_request):
            arrived.set()
            released.wait(30)
            return reply(body=b"held")

        with Site({"/": hold}) as site, WebVedette(TLS, client_context(CERTS.ca_file), MODULE) as agent, ThreadPoolExecutor(1) as pool:
            silent = agent.connect()
            probe = pool.submit(agent.ask, f"/probe?module=plain&target={site.url()}")
            self.assertTrue(arrived.wait(20))
            agent.send(signal.SIGTERM)
            agent.await_log("msg=ending")
            released.set()
            answer = probe.result(30)
            self.assertEqual(value(parse_text(answer.body), "probe_success"), 1)
            self.assertEqual(agent.await_exit(), 0)
            self.assertIn("msg=ended", agent.log())
            silent.close()

    def test_open_connections_do_not_hold_up_the_stop(self):
        with WebVedette(TLS, client_context(CERTS.ca_file)) as agent, contextlib.ExitStack() as stack:
            for _ in range(20):
                stack.enter_context(socket.create_connection(("127.0.0.1", agent.port)))
                stack.enter_context(agent.connect()).sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
            agent.send(signal.SIGTERM)
            self.assertEqual(agent.await_exit(10), 0)


class Activated(Process):
    """The agent with listening sockets from its starter."""

    def __init__(self, places, arguments=(), env=None):
        super().__init__([sys.executable, SUPPORT / "socket_activation.py", *places, "--", vedette_binary(), "run",
                          "--web.systemd-socket", *arguments], name="activated", env=env)
        (self.directory / "vedette.yml").write_text(TARGETS)
        self.argv.append(f"--config.file={self.directory}/vedette.yml")

    def addresses(self, count):
        return self.await_true(lambda: found if len(found := re.findall(r"msg=listening address=(\S+)", self.log())) == count else None,
                               20, "the addresses")


class SystemdTest(unittest.TestCase):
    def asked(self, address, context=None):
        if address.startswith("unix:"):
            line = socket.socket(socket.AF_UNIX)
            line.connect(address.removeprefix("unix:"))
        else:
            host, port = re.fullmatch(r"(?:https://)?\[?([^\]]*)\]?:(\d+)", address).groups()
            line = socket.create_connection((host, int(port)), 20)
        return ask(context.wrap_socket(line, server_hostname="localhost") if context else line)

    def test_every_kind_of_socket(self):
        path = Path(CERTS.directory, "web.sock")
        with Activated(["127.0.0.1", "::1", path], ["--web.listen-address=127.0.0.1:1"]) as agent:
            addresses = agent.addresses(3)
            self.assertEqual([re.sub(r"\d+$", "", address) for address in addresses], ["127.0.0.1:", "[::1]:", f"unix:{path}"])
            for address in addresses:
                self.assertEqual(self.asked(address).text, "Healthy")
            environment = Path(f"/proc/{agent.pid}/environ").read_bytes()
            self.assertIn(b"LISTEN_FDS=3", environment)  # as it was given; the agent has taken it out of its own
            self.assertEqual(agent.stop(), 0)

    def test_with_tls_and_users(self):
        web = Path(CERTS.directory, "activated.yml")
        web.write_text(TLS + f"basic_auth_users: {{alice: '{SECRET}'}}\n")
        with Activated(["127.0.0.1"], [f"--web.config.file={web}"]) as agent:
            address, = agent.addresses(1)
            self.assertTrue(address.startswith("https://127.0.0.1:"))
            self.assertEqual(self.asked(address, client_context(CERTS.ca_file)).status, 401)

    def test_sockets_that_are_not_there(self):
        cases = {"LISTEN_PID names another process": ({"SAID_PID": "1"}, ["127.0.0.1"]),
                 "LISTEN_FDS and LISTEN_PID are not set": ({}, []),
                 "systemd promised 60 sockets, but descriptor": ({"SAID_COUNT": "60"}, ["127.0.0.1"])}
        for why, (env, places) in cases.items():
            with self.subTest(why), Activated(places, env=env) as agent:
                self.assertEqual(agent.await_exit(), 1)
                self.assertIn("--web.systemd-socket: ", agent.log())
                self.assertIn(why, agent.log())
        done = run_command([vedette_binary(), "--web.systemd-socket", "--config.file=/dev/null"])
        self.assertEqual(done.returncode, 1)
        self.assertIn("no sockets from systemd", done.stderr)


class Ipv6Test(unittest.TestCase):
    def get(self, host, port):
        return ask(socket.create_connection((host, port), 20), "/metrics")

    def test_one_address(self):
        port = free_port("::1")
        config = Path(CERTS.directory, "six.yml")
        config.write_text(TARGETS)
        with Vedette(config, [f"--web.listen-address=[::1]:{port}"]) as agent:
            self.assertIn(f"address=[::1]:{port}", agent.log())
            self.assertEqual(self.get("::1", port).status, 200)
            self.assertEqual(self.get("127.0.0.1", agent.port).status, 200)  # the address beside it

    def test_both_families_at_one_port(self):
        port = free_port("::")
        config = Path(CERTS.directory, "both.yml")
        config.write_text(TARGETS)
        with Vedette(config, [f"--web.listen-address=[::]:{port}"]):
            for host in ("::1", "127.0.0.1"):
                self.assertEqual(self.get(host, port).status, 200)

    def test_tls_listens_to_both_families_without_a_host(self):
        port = free_port("::")
        with WebVedette(TLS, client_context(CERTS.ca_file), arguments=[f"--web.listen-address=:{port}"]):
            for host in ("::1", "127.0.0.1"):
                line = socket.create_connection((host, port), 20)
                context = client_context(CERTS.ca_file)
                self.assertEqual(ask(context.wrap_socket(line, server_hostname="localhost")).status, 200)

    def test_a_port_in_use_is_told(self):
        config = Path(CERTS.directory, "taken.yml")
        config.write_text(TARGETS)
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
            port = taken.getsockname()[1]
            done = run_command([vedette_binary(), f"--web.listen-address=[::1]:{port}", f"--config.file={config}"])
            self.assertEqual(done.returncode, 1)
            self.assertIn("address already in use", done.stderr)


if __name__ == "__main__":
    unittest.main()
