#!/usr/bin/python3
"""kill -9 at any moment: every change of an alarm's state is one row, none is lost and none comes twice, on both databases."""

import os
import random
import signal
import socket
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from alarm_rows import WATCHED_SITE, changes, stored_rows  # noqa: E402
from postgres import Postgres  # noqa: E402
from process import Vedette, http_get, wait_until  # noqa: E402
from website import Site, reply  # noqa: E402

# Sanitizers make a start ten times as long, and what is proved here is no matter of memory.
KILLS = 10 if os.environ.get("VEDETTE_SANITIZER") else 100


SILENT = """
  - {{name: silent, url: "http://127.0.0.1:{port}/", timeout: 6s}}
"""


class Life:
    """An agent that is killed over and over, and the site that it watches."""

    def __init__(self, store, folder, seed):
        self.store, self.random = store, random.Random(seed)
        self.answer = [reply()]
        self.site = Site({"/": lambda _: self.answer[0]})
        self.config = Path(folder, "vedette.yml")
        self.expected = [("insufficient_data", "ok")]
        self.agent = None

    def start(self):
        self.agent = Vedette(self.config).start()
        self.agent.await_ready(60)

    def state(self):
        """Of the alarm, once it is written down; a change before that would be one that nobody owes a row."""
        lines = http_get(self.agent.base + "/metrics").text.splitlines()
        found = [int(line.rsplit(" ", 1)[1]) for line in lines if line.startswith('vedette_alarm_state{target="shop"')]
        return found[0] if found and "vedette_store_pending_rows 0" in lines else None

    def settled(self):
        return self.state() == (0 if self.answer[0].status == 200 else 1)

    def change_site(self):
        was_up = self.answer[0].status == 200
        self.answer[0] = reply(503 if was_up else 200)
        self.expected.append(("ok", "alarm") if was_up else ("alarm", "ok"))

    def run(self):
        with self.site:
            self.config.write_text(self.config_text())
            self.start()
            try:
                for kill in range(KILLS):
                    if kill % 4 == 0:
                        wait_until(self.settled, 60, "the alarm to be as the site is")
                        self.change_site()
                    time.sleep(self.random.uniform(0, 0.5))  # any moment
                    self.agent.send(signal.SIGKILL)
                    self.agent.await_exit()
                    self.start()
                wait_until(self.settled, 60, "the alarm to be as the site is")
            finally:
                self.agent.stop()

    def config_text(self):
        return WATCHED_SITE.format(store=self.store, url=self.site.url(), more=", missing_data: breaching, severity: critical")

    def rows(self):
        return changes(stored_rows(self.store))


class KilledTest(unittest.TestCase):
    def test_a_stop_that_has_to_wait_for_a_run_is_no_outage(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        life = Life(f"sqlite:{folder}/vedette.db", folder, 0)
        silent = self.enterContext(socket.create_server(("127.0.0.1", 0)))  # takes connections and says nothing
        with life.site:
            life.config.write_text(life.config_text() + SILENT.format(port=silent.getsockname()[1]))
            life.start()
            try:
                wait_until(lambda: life.state() == 0, 60, "the alarm to be ok")
                self.assertEqual(life.agent.stop(30), 0)
            finally:
                life.agent.stop()
        self.assertEqual(life.rows(), life.expected)

    def test_rows_are_there_once_whenever_the_agent_is_killed(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        database = self.enterContext(Postgres())
        lives = {}
        for seed, (name, store) in enumerate({"sqlite": f"sqlite:{folder}/vedette.db", "postgresql": database.url()}.items()):
            Path(folder, name).mkdir()
            lives[name] = Life(store, Path(folder, name), seed)
        failures = {}

        def live(name):
            try:
                lives[name].run()
            except BaseException as error:  # told by the main thread
                failures[name] = error

        threads = [threading.Thread(target=live, args=(name,)) for name in lives]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for name, life in lives.items():
            with self.subTest(name):
                if name in failures:
                    raise failures[name]
                self.assertGreater(len(life.expected), KILLS // 4)
                self.assertEqual(life.rows(), life.expected)


if __name__ == "__main__":
    unittest.main()
