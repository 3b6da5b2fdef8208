#!/usr/bin/env python3
"""The agent under siege: clients that take every place there is, logs that nobody reads, files that never end. It goes on
probing and answering, and it ends when it is told to."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from exposition import parse_text, value  # noqa: E402
from process import Vedette, free_port, vedette_binary, vedette_on, wait_until  # noqa: E402
from raw_http import RawConnection, ask_path  # noqa: E402
from website import Site, reply  # noqa: E402

PLACES = 256  # for /probe
MODULES = "modules: {patient: {prober: http, http: {preferred_ip_protocol: ip4}}}\n"
GRACE = "--shutdown.grace=1s"
FOREVER = "X-Prometheus-Scrape-Timeout-Seconds: 600"


class Tarpit:
    """Takes connections and says nothing."""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1000)
        self.lines = []
        self.thread = threading.Thread(target=self.accept)
        self.thread.start()
        return self

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                self.lines.append(self.listener.accept()[0])

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()
        for line in self.lines:
            line.close()

    @property
    def path(self):
        port = self.listener.getsockname()[1]
        return f"/probe?module=patient&target={quote(f'http://127.0.0.1:{port}/', safe='')}"

    def open_lines(self):
        """Those that the agent has not closed."""
        def is_open(line):
            line.setblocking(False)
            try:
                while data := line.recv(4096):
                    del data
                return False
            except BlockingIOError:
                return True
        return sum(is_open(line) for line in list(self.lines))


class ProbeSiege(unittest.TestCase):
    def setUp(self):
        self.tarpit = self.enterContext(Tarpit())
        self.agent = self.enterContext(vedette_on(MODULES, [GRACE]))

    def besiege(self, count, stack):
        lines = [stack.enter_context(RawConnection(self.agent.port, timeout=30)).get(self.tarpit.path, FOREVER)
                 for _ in range(count)]
        wait_until(lambda: len(self.tarpit.lines) >= min(count, PLACES), 20, "runs under way")
        return lines

    def test_probes_leave_room_for_other_pages(self):
        with contextlib.ExitStack() as stack:
            self.besiege(PLACES + 30, stack)
            for path in ("/-/healthy", "/metrics", "/config"):
                self.assertEqual(ask_path(self.agent.port, path, timeout=3).status, 200)
            refused = ask_path(self.agent.port, self.tarpit.path, FOREVER, timeout=5)
            self.assertEqual((refused.status, refused.text), (503, "too many probes at one time\n"))
            self.assertEqual(len(self.tarpit.lines), PLACES)

    def test_a_client_that_leaves_takes_its_run_with_it(self):
        with contextlib.ExitStack() as stack:
            self.besiege(30, stack)
        wait_until(lambda: self.tarpit.open_lines() == 0, 10, "the runs to be cancelled")

    def test_a_stop_answers_probes_under_way_and_ends_in_time(self):
        with contextlib.ExitStack() as stack:
            lines = self.besiege(40, stack)
            begin = time.monotonic()
            self.agent.send(signal.SIGTERM)
            for line in lines:
                answer = line.answer()
                self.assertEqual((answer.status, answer.text), (503, "the agent is stopping\n"))
            self.assertEqual(self.agent.await_exit(10), 0)
            self.assertLess(time.monotonic() - begin, 4)

    def test_a_probe_of_ourselves_of_ourselves_ends(self):
        target = "http://127.0.0.1:1/"
        for _ in range(100):
            target = f"http://127.0.0.1:{self.agent.port}/probe?module=patient&target={quote(target, safe='')}"
            if len(target) > 6000:
                break
        answer = ask_path(self.agent.port, f"/probe?module=patient&target={quote(target, safe='')}", timeout=20)
        self.assertEqual(answer.status, 200)
        self.assertEqual(ask_path(self.agent.port, "/-/healthy", timeout=3).status, 200)

    def test_a_time_that_is_none_is_refused(self):
        for text in ("inf", "+Inf", "-inf", "nan", "1e999", "-1"):
            answer = ask_path(self.agent.port, self.tarpit.path, f"X-Prometheus-Scrape-Timeout-Seconds: {text}", timeout=5)
            self.assertEqual(answer.status, 400, text)

    def test_many_honest_probes_at_once_are_all_answered(self):
        with Site({}, default=reply(body=b"hi")) as site, contextlib.ExitStack() as stack:
            path = f"/probe?module=patient&target={quote(site.url('/'), safe='')}"
            lines = [stack.enter_context(RawConnection(self.agent.port, timeout=30)).get(path) for _ in range(200)]
            for line in lines:
                self.assertEqual(line.answer().status, 200)


class Streams(unittest.TestCase):
    def test_closed_standard_streams_hurt_nobody(self):
        with tempfile.TemporaryDirectory() as directory:
            config = Path(directory, "vedette.yml")
            config.write_text(MODULES)
            for closed in ("<&-", "2>&-", "<&- >&- 2>&-"):
                port = free_port()
                command = f'exec "{vedette_binary()}" --config.file={config} --web.listen-address=127.0.0.1:{port} {closed}'
                child = subprocess.Popen(["/bin/sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL)
                try:
                    wait_until(lambda: healthy(port), 20, "an answer")
                    child.send_signal(signal.SIGTERM)
                    self.assertEqual(child.wait(15), 0, closed)
                finally:
                    child.kill()
                    child.wait()

    def test_a_log_that_nobody_reads_stops_no_probe(self):
        reading, writing = os.pipe()
        port = free_port()
        with Site({}, default=reply(status=500)) as site, tempfile.TemporaryDirectory() as directory:
            config = Path(directory, "vedette.yml")
            config.write_text(f"targets: [{{name: {'a' * 50}, url: '{site.url('/')}', interval: 100ms}}]\n")
            child = subprocess.Popen([vedette_binary(), f"--config.file={config}", "--log.level=debug",
                                      f"--web.listen-address=127.0.0.1:{port}"], stdin=subprocess.DEVNULL, stderr=writing)
            os.close(writing)
            try:
                wait_until(lambda: healthy(port), 20, "an answer")
                config.write_text("".join(f"mistake-{number}: {'x' * 50}\n" for number in range(1000)))
                for _ in range(30):  # each of them is a line, and 1 MiB of lines may wait
                    ask_path(port, "/-/reload", "Content-Length: 0", method="POST", timeout=10)
                self.assertGreater(value(parse_text(ask_path(port, "/metrics").body), "vedette_log_lines_dropped_total"), 0)
                seen = len(site.requests)
                wait_until(lambda: len(site.requests) > seen + 3, 10, "probes go on")
                child.send_signal(signal.SIGTERM)
                self.assertEqual(child.wait(20), 0)
            finally:
                child.kill()
                child.wait()
                os.close(reading)


def healthy(port):
    try:
        return ask_path(port, "/-/healthy", timeout=5).status == 200
    except OSError:
        return False


class Files(unittest.TestCase):
    def test_a_pipe_in_the_place_of_the_configuration_is_refused(self):
        with vedette_on(MODULES, [GRACE]) as agent:
            agent.config_path.unlink()
            os.mkfifo(agent.config_path)
            for _ in range(30):
                answer = ask_path(agent.port, "/-/reload", "Content-Length: 0", method="POST", timeout=5)
                self.assertEqual(answer.status, 500)
                self.assertIn("it is not a regular file", answer.text)
            self.assertEqual(ask_path(agent.port, "/-/healthy", timeout=3).status, 200)
            agent.send(signal.SIGHUP)
            agent.send(signal.SIGTERM)
            self.assertEqual(agent.await_exit(10), 0)

    def test_the_agent_does_not_start_on_a_pipe_but_a_check_reads_one(self):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "vedette.yml")
            os.mkfifo(path)
            run = subprocess.run([vedette_binary(), f"--config.file={path}"], stdin=subprocess.DEVNULL, capture_output=True,
                                 text=True, timeout=20, check=False)
            self.assertEqual(run.returncode, 1)
            self.assertIn("it is not a regular file", run.stderr)
        check = subprocess.run([vedette_binary(), "check", "/dev/stdin"], input=MODULES, capture_output=True, text=True,
                               timeout=20, check=False)
        self.assertEqual(check.returncode, 0, check.stderr)

    def test_reloads_do_not_queue_up(self):
        targets = "".join(f"  - {{name: t{n}, url: 'http://127.0.0.1:1/', interval: 1h}}\n" for n in range(5000))
        with vedette_on("targets:\n" + targets) as agent, contextlib.ExitStack() as stack:
            lines = [stack.enter_context(RawConnection(agent.port, timeout=60)) for _ in range(20)]
            for line in lines:
                line.get("/-/reload", "Content-Length: 0", method="POST")
            answers = [line.answer() for line in lines]
            self.assertEqual({answer.status for answer in answers}, {200, 503})
            for answer in answers:
                self.assertIn(answer.text, ("", "a reload is under way and another one waits\n"))


if __name__ == "__main__":
    unittest.main()
