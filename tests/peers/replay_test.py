"""Replays the http rows of the table against vedette and blackbox_exporter and prints how they agree.

    /usr/bin/python3 tests/peers/replay_test.py -v
    /usr/bin/python3 tests/peers/replay_test.py --only blackbox     (or vedette)
"""

import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

import differences  # noqa: E402
import replay  # noqa: E402
import replay_checks  # noqa: E402
import replay_more  # noqa: E402
import replay_rows  # noqa: E402
from certs import Certs  # noqa: E402
from nginx import Nginx  # noqa: E402
from sides import chosen_sides  # noqa: E402

CASES = [*replay_rows.CASES, *replay_checks.CASES, *replay_more.CASES]
SIDES = chosen_sides()


class ReplayTest(unittest.TestCase):
    """One test per row; the table is printed at the end."""

    stage = None
    verdicts = []

    @classmethod
    def setUpClass(cls):
        cls.nginx = Nginx(Certs.shared()["good"])
        cls.enterClassContext(cls.nginx)
        cls.stage = cls.enterClassContext(replay.Stage(CASES, SIDES, cls.nginx))

    @classmethod
    def tearDownClass(cls):
        print("\n" + replay.table(cls.verdicts), file=sys.stderr)
        for verdict in cls.verdicts:
            for note in verdict.notes:
                print(f"  {verdict.case.id}: {note}", file=sys.stderr)
        for family, reason in differences.EVERYWHERE.items():
            print(f"  everywhere: {family} only from vedette [{reason}]", file=sys.stderr)

    def replay_row(self, row):
        for case in (case for case in CASES if case.row == row):
            with self.subTest(case=case.id):
                none = replay.Outcome("")
                got = {side: self.stage.ask(side, case) for side in self.stage.sides}
                verdict = replay.judge(case, got.get("vedette", none), got.get("blackbox", none), self.stage.version)
                self.verdicts.append(verdict)
                self.assertFalse(verdict.failures, f"{case.id}\n" + "\n".join(verdict.failures))


def add_rows():
    for row in dict.fromkeys(case.row for case in CASES):
        name = f"test_row_{row.zfill(2)}"
        setattr(ReplayTest, name, lambda self, row=row: self.replay_row(row))


add_rows()

if __name__ == "__main__":
    unittest.main()
