#!/usr/bin/python3
"""The database goes away while alarms change: the agent goes on judging, and what it could not write is there afterwards."""

import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from alarm_rows import WATCHED_SITE, alarm_value, changes, stored_rows  # noqa: E402
from postgres import Postgres  # noqa: E402
from process import http_get, run_command, vedette_binary, vedette_on, wait_until  # noqa: E402
from website import Site, reply  # noqa: E402

OK, ALARM = 0, 1


class StoreAwayTest(unittest.TestCase):
    def setUp(self):
        self.answer = [reply()]
        self.site = self.enterContext(Site({"/": lambda _: self.answer[0]}))

    def become(self, agent, status, state):
        self.answer[0] = reply(status)
        wait_until(lambda: alarm_value(agent, "vedette_alarm_state") == state, 30, f"state {state}")

    def test_a_database_that_is_down(self):
        database = self.enterContext(Postgres())
        store = database.url()
        with vedette_on(WATCHED_SITE.format(store=store, url=self.site.url(), more="")) as agent:
            self.become(agent, 200, OK)
            wait_until(lambda: stored_rows(store), 30, "the first row")
            database.stop("immediate")
            self.become(agent, 503, ALARM)
            self.become(agent, 200, OK)
            wait_until(lambda: alarm_value(agent, "vedette_store_up") == 0, 30, "the agent to notice")
            self.assertGreaterEqual(alarm_value(agent, "vedette_store_pending_rows"), 2)
            self.assertEqual(http_get(agent.base + "/-/healthy").status, 200)
            database.start()
            wait_until(lambda: alarm_value(agent, "vedette_store_up") == 1 and alarm_value(agent, "vedette_store_pending_rows") == 0, 60,
                       "everything to be written")
            self.assertNotIn("s3cret", agent.log())
        self.assertEqual(changes(stored_rows(store)), [("insufficient_data", "ok"), ("ok", "alarm"), ("alarm", "ok")])

    def test_a_database_that_was_down_when_the_agent_started(self):
        database = self.enterContext(Postgres())
        store = database.url()
        database.stop()
        with vedette_on(WATCHED_SITE.format(store=store, url=self.site.url(), more="")) as agent:
            self.become(agent, 200, OK)
            self.become(agent, 503, ALARM)
            database.start()
            wait_until(lambda: alarm_value(agent, "vedette_store_pending_rows") == 0, 60, "everything to be written")
        self.assertEqual(changes(stored_rows(store)), [("insufficient_data", "ok"), ("ok", "alarm")])

    def test_a_store_that_can_never_be_one_is_no_start(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "vedette.db")
            path.write_text("no database, but somebody's notes")
            config = Path(folder, "vedette.yml")
            config.write_text(WATCHED_SITE.format(store=f"sqlite:{path}", url=self.site.url(), more=""))
            done = run_command([vedette_binary(), "run", f"--config.file={config}", "--web.listen-address=127.0.0.1:0"])
            self.assertEqual(done.returncode, 1)
            self.assertIn(str(path), done.stderr)
            self.assertEqual(path.read_text(), "no database, but somebody's notes")


if __name__ == "__main__":
    unittest.main()
