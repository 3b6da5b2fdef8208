#!/usr/bin/python3
"""The store on a real PostgreSQL and on SQLite: the same answers, and nothing lost whatever is stopped or killed."""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from postgres import PASSWORD, QUOTED, Postgres  # noqa: E402
from process import ToolMissing, run_command, vedette_binary  # noqa: E402

KILLS, ROWS = 20, 40
QUERIES = [
    [], ["--target=shop"], ["--target=Shop"], ["--target=écho"], ["--target=日'\"\\"], ["--alarm=down"], ["--agent=one"], ["--agent=nobody"],
    ["--state=ok"], ["--state=insufficient_data"], ["--label=severity=critical"], ["--label=severity=critical", "--label=number=42"],
    ["--label=severity=crit"], ["--label=nothing=x"], ["--since=2026-05-28T20:26:50Z"], ["--until=2026-05-28T20:26:50Z"],
    ["--since=2026-05-28T20:26:50Z", "--until=2026-05-28T20:26:55+00:00", "--alarm=slow"], ["--limit=7"], ["--limit=1", "--target=zeta"],
]


def store_program():
    """The store alone, driven by standard input."""
    path = Path(os.environ.get("STORE_PROGRAM") or Path(vedette_binary()).parent / "tests/store_program")
    if not os.access(path, os.X_OK):
        raise ToolMissing(f"{path} is not built; build it or set STORE_PROGRAM")
    return str(path)


class Writer:
    """One store_program: `ask("record 1")` gives its answer."""

    def __init__(self, url, agent="one", password_file=""):
        self.log = tempfile.TemporaryFile()
        self.child = subprocess.Popen([store_program(), url, agent, password_file], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=self.log, text=True, bufsize=1)
        self.opened = self.read()

    def read(self):
        return self.child.stdout.readline().strip()

    def send(self, *lines):
        self.child.stdin.write("".join(line + "\n" for line in lines))
        self.child.stdin.flush()

    def ask(self, line):
        self.send(line)
        return self.read()

    def text(self):
        self.log.seek(0)
        return self.log.read().decode("utf-8", "replace")

    def kill(self):
        self.child.kill()
        self._close()

    def _close(self):
        try:
            self.child.stdin.close()
        except BrokenPipeError:
            pass
        self.child.wait(30)
        self.child.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None or not self.child.stdin.closed:
            self._close()
        self.log.close()


def listed(url, *options):
    """What `vedette alarms list` shows of a store, as rows."""
    limit = [] if any(word.startswith("--limit") for word in options) else ["--limit=0"]
    done = run_command([vedette_binary(), "alarms", "list", "--store", url, "--format=json", *limit, *options])
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    return json.loads(done.stdout)["data"]["transitions"]


def numbers(rows):
    return [int(row["labels"]["number"]) for row in rows]


class StoreTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = cls.enterClassContext(Postgres())
        cls.folder = Path(tempfile.mkdtemp(prefix="store-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)

    def stores(self, name):
        """An empty store of each kind."""
        self.postgres.sql(f"CREATE DATABASE {name}")
        return {"sqlite": f"sqlite:{self.folder}/{name}.db", "postgresql": self.postgres.url(name)}

    def fill(self, url, first, last):
        with Writer(url) as writer:
            self.assertEqual(writer.opened, "open", writer.text())
            for number in range(first, last):
                writer.ask(f"record {number}")
            self.assertEqual(writer.ask("flush 30000"), "flushed", writer.text())

    def test_both_databases_give_the_same_rows(self):
        stores = self.stores("same")
        for url in stores.values():
            self.fill(url, 0, 100)
            self.fill(url, 50, 150)
        for query in QUERIES:
            with self.subTest(query=query):
                one, other = (listed(url, *query) for url in stores.values())
                self.assertEqual(one, other)
        rows = listed(stores["postgresql"])
        self.assertEqual(sorted(numbers(rows)), list(range(150)))
        self.assertEqual(rows[0]["reason"].split("\n")[1], "$1")

    def test_a_killed_writer_loses_nothing_that_was_acknowledged(self):
        chance = random.Random(20)
        for kind, url in self.stores("killed").items():
            acknowledged, number = set(), 0
            for _ in range(KILLS):
                with Writer(url) as writer:
                    self.assertEqual(writer.opened, "open", writer.text())
                    writer.send(*(word for i in range(number, number + ROWS) for word in (f"record {i}", "flush 30000")))
                    for _ in range(chance.randrange(2, 2 * ROWS)):
                        line = writer.read()
                        number += line.startswith("handed")
                        if line == "flushed":
                            acknowledged.add(number - 1)
                    writer.kill()
                number += ROWS  # what it did after our last look is its own
            rows = numbers(listed(url))
            with self.subTest(kind):
                self.assertEqual(sorted(acknowledged - set(rows)), [])
                self.assertEqual(len(rows), len(set(rows)))
                self.assertGreater(len(acknowledged), KILLS)
                with Writer(url) as writer:  # a row and what was saved with it: both or neither
                    self.assertEqual(writer.ask("saved"), f"saved {max(rows)}")

    def test_nothing_is_lost_while_the_database_is_stopped(self):
        with Postgres() as database, Writer(database.url_without_password(), password_file=self.password_file()) as writer:
            self.assertEqual(writer.opened, "open", writer.text())
            writer.ask("record 0")
            self.assertEqual(writer.ask("flush 30000"), "flushed")
            for round_, mode in enumerate(("fast", "immediate")):
                database.stop(mode)
                first = 1 + 10 * round_
                for number in range(first, first + 10):
                    self.assertEqual(writer.ask(f"record {number}"), f"handed {number}")
                self.assertEqual(writer.ask("flush 300"), "late")
                self.assertEqual(writer.ask("metric vedette_store_up"), "metric 0.000000")
                database.start()
                self.assertEqual(writer.ask("flush 30000"), "flushed", writer.text())
                self.assertEqual(writer.ask("metric vedette_store_up"), "metric 1.000000")
            self.assertEqual(sorted(numbers(listed(database.url()))), list(range(21)))
            log = writer.text()
            self.assertEqual((log.count("the store is down"), log.count("the store is back")), (2, 2), log)
            self.assertNotIn(PASSWORD, log)

    def password_file(self):
        path = self.folder / "password"
        path.write_text(PASSWORD + "\n")
        return str(path)

    def test_a_password_file_is_read_at_every_connection_and_no_password_is_told(self):
        database = self.postgres
        path = self.folder / "changing"
        path.write_text("wr0ng-one")
        with Writer(database.url_without_password(), password_file=str(path)) as writer:
            writer.ask("record 9000")
            self.assertEqual(writer.ask("flush 500"), "late")
            path.write_text(PASSWORD)
            self.assertEqual(writer.ask("flush 30000"), "flushed", writer.text())
            self.assertIn("password authentication failed", writer.text())
            self.assertNotIn("wr0ng-one", writer.text())
        for secret in ("wr0ng-two", QUOTED):
            url = f"postgresql://vedette:{secret}@127.0.0.1:{database.port}/nothing?application_name={secret}"
            done = run_command([vedette_binary(), "alarms", "list", "--store", url])
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"the store postgresql://127.0.0.1:{database.port}/nothing", done.stderr)
            self.assertNotIn(secret, done.stdout + done.stderr)
            self.assertNotIn(PASSWORD, done.stdout + done.stderr)

    def test_agents_that_start_at_once_make_the_tables_once(self):
        url = self.stores("together")["postgresql"]
        writers = [Writer(url, f"agent-{i}") for i in range(6)]
        try:
            for writer in writers:
                self.assertEqual(writer.ask("record 1"), "handed 1")
            for writer in writers:
                self.assertEqual(writer.ask("flush 30000"), "flushed", writer.text())
                self.assertNotIn("is down", writer.text())
        finally:
            for writer in writers:
                writer.__exit__()
        self.assertEqual(self.postgres.sql("SELECT COUNT(*), MAX(version) FROM vedette_schema", "together"), "1|1")
        self.assertEqual(len({row["agent"] for row in listed(url)}), 6)

    def test_a_database_that_hangs_keeps_nobody_waiting(self):
        url = self.stores("hanging")["postgresql"]
        with Writer(url) as writer:
            self.postgres.sql("ALTER DATABASE hanging CONNECTION LIMIT 5")
            holder = subprocess.Popen([shutil.which("psql") or "psql", url, "-qAtX"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            try:
                holder.stdin.write("BEGIN; LOCK TABLE transitions; SELECT 'locked';\n")
                holder.stdin.flush()
                self.assertEqual(holder.stdout.readline().strip(), "locked")
                self.assertEqual(writer.ask("record 1"), "handed 1")
                self.assertEqual(writer.ask("flush 200"), "late")
                done = run_command([vedette_binary(), "alarms", "list", "--store", url], timeout=30)
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr, "took longer than|did not answer")
            finally:
                holder.communicate("COMMIT;\n", timeout=30)
            self.assertEqual(writer.ask("flush 30000"), "flushed", writer.text())
        self.assertEqual(numbers(listed(url)), [1])

    def test_a_newer_schema_and_a_foreign_encoding_are_refused(self):
        url = self.stores("newer")["postgresql"]
        self.fill(url, 0, 1)
        self.postgres.sql("INSERT INTO vedette_schema VALUES (1000, 0)", "newer")
        with Writer(url) as writer:
            self.assertEqual(writer.opened, "")
            writer.child.wait(30)
            self.assertIn("was made by a newer vedette", writer.text())
        self.postgres.sql("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        with Writer(self.postgres.url("latin")) as writer:
            self.assertEqual(writer.opened, "")
            writer.child.wait(30)
            self.assertIn("make the database with ENCODING 'UTF8'", writer.text())


class ListTest(unittest.TestCase):
    """`vedette alarms list` itself."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="store-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.url = f"sqlite:{self.folder}/v.db"

    def run_list(self, *options):
        return run_command([vedette_binary(), "alarms", "list", *options], cwd=self.folder)

    def test_it_reads_the_store_of_a_configuration_in_three_formats(self):
        with Writer(self.url) as writer:
            for number in range(1200):
                writer.ask(f"record {number}")
            writer.ask("flush 30000")
        config = self.folder / "vedette.yml"
        config.write_text(f"store: {self.url}\ntargets: [{{name: a, url: '${{NOT_SET_HERE}}'}}]\n")
        table = self.run_list()
        self.assertEqual((table.returncode, table.stderr), (0, ""))
        self.assertEqual(len(table.stdout.splitlines()), 101)
        self.assertTrue(table.stdout.startswith("TIME"))
        csv = self.run_list("--config", config, "--format=csv", "--limit=0", "--state=alarm")
        self.assertEqual(csv.stdout.splitlines()[0], "time,agent,target,alarm,labels,from,to,value,threshold,reason")
        self.assertEqual(csv.stdout.count(",alarm,"), 1 + 600)
        rows = json.loads(self.run_list("--format=json", "--limit=1100").stdout)["data"]["transitions"]
        self.assertEqual(numbers(rows)[:5], [1199, 1198, 1197, 1196, 1195])
        self.assertEqual(len(rows), 1100)

    def test_it_says_what_is_wrong_and_makes_nothing(self):
        cases = [
            (2, ["--state=bad"], "--state must be ok, alarm or insufficient_data"), (2, ["--since=never"], "--since must be a time"),
            (2, ["--format=xml"], "--format"), (2, ["--label=x"], "--label must be a label's name"), (2, ["--nonsense"], "nonsense"),
            (1, ["--store", "mysql://x"], "--store must begin with sqlite:"), (1, ["--store", self.url], "No such file"),
            (1, ["--config", "absent.yml"], "absent.yml"),
        ]
        for code, options, words in cases:
            with self.subTest(options=options):
                done = self.run_list(*options)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(words, done.stderr)
        (self.folder / "none.yml").write_text("store: none\n")
        done = self.run_list("--config", "none.yml")
        self.assertEqual((done.returncode, "/api/v1/alarms" in done.stderr), (1, True))
        self.assertEqual([path.name for path in self.folder.iterdir()], ["none.yml"])


if __name__ == "__main__":
    unittest.main()
