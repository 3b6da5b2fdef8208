#!/usr/bin/python3
"""The disk under the store is full while alarms change: the agent goes on judging, and what it could not write is there
once somebody has made room.
"""

import json
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

import own_resolv  # noqa: E402
from alarm_rows import WATCHED_SITE, alarm_value, changes  # noqa: E402
from process import http_get, wait_until  # noqa: E402
from small_disk import fill, free, on_small_disk  # noqa: E402
from website import Site, reply  # noqa: E402

OK, ALARM = 0, 1


class DiskFullTest(unittest.TestCase):
    def setUp(self):
        self.answer = [reply()]
        self.site = self.enterContext(Site({"/": lambda _: self.answer[0]}))
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def become(self, agent, status, state):
        self.answer[0] = reply(status)
        wait_until(lambda: alarm_value(agent, "vedette_alarm_state") == state, 30, f"state {state}")

    def rows(self, agent):
        """What the agent itself tells: the disk is its own."""
        told = json.loads(http_get(agent.base + "/api/v1/alarms?limit=1000").text)["data"]["transitions"]
        return changes(reversed(told))

    def test_alarms_go_on_while_the_disk_is_full_and_are_all_written_when_it_is_not(self):
        config = WATCHED_SITE.format(store=f"sqlite:{self.folder}/vedette.db", url=self.site.url(), more="")
        with on_small_disk(config, self.folder, "2m") as agent:
            self.become(agent, 200, OK)
            wait_until(lambda: alarm_value(agent, "vedette_store_pending_rows") == 0, 30, "the first row to be written")
            fill(agent, self.folder)
            # SQLite has room left in files it has made, so it may take some rows before it feels the end of the disk.
            expected = [("insufficient_data", "ok")]
            for _ in range(200):
                self.become(agent, 503, ALARM)
                self.become(agent, 200, OK)
                expected += [("ok", "alarm"), ("alarm", "ok")]
                if alarm_value(agent, "vedette_store_up") == 0:
                    break
            self.assertEqual(alarm_value(agent, "vedette_store_up"), 0)
            self.become(agent, 503, ALARM)
            expected.append(("ok", "alarm"))
            self.assertGreaterEqual(alarm_value(agent, "vedette_store_pending_rows"), 1)
            self.assertEqual(http_get(agent.base + "/-/healthy").status, 200)
            self.assertEqual(self.rows(agent), expected)
            free(agent, self.folder)
            wait_until(lambda: alarm_value(agent, "vedette_store_up") == 1, 60, "the store to be back")
            wait_until(lambda: alarm_value(agent, "vedette_store_pending_rows") == 0, 30, "everything to be written")
            self.assertEqual(self.rows(agent), expected)
            self.assertEqual(alarm_value(agent, "vedette_store_dropped_rows_total"), 0)


if __name__ == "__main__":
    own_resolv.become_root()
    unittest.main()
