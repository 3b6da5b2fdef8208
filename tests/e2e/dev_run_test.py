"""`./dev run`: where it looks for its agent, and that no other agent is taken for it."""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))

from process import ROOT, run_command, vedette_binary, vedette_on  # noqa: E402


def in_dev(script, *words):
    """Runs a line of bash with the functions of ./dev run."""
    return run_command(["/bin/bash", "-c", f"cd {ROOT}; set -euo pipefail; . .dev/say.sh; . .dev/run.sh; {script}", "dev", *words])


class DevRunTest(unittest.TestCase):
    def test_both_forms_of_the_listen_flag_are_understood(self):
        rows = {
            (): "localhost:9115",
            ("--web.listen-address=127.0.0.1:9200",): "127.0.0.1:9200",
            ("--web.listen-address", "127.0.0.1:9200", "--log.level", "debug"): "127.0.0.1:9200",
            ("--log.level", "debug", "--web.listen-address", ":9200"): "localhost:9200",
            ("--web.listen-address=[::]:9200",): "localhost:9200",
        }
        for flags, address in rows.items():
            with self.subTest(flags):
                done = in_dev('agent_base "$@"', *flags)
                self.assertEqual((done.returncode, done.stdout), (0, f"http://{address}"), done.stderr)

    def test_the_agent_that_was_started_is_awaited(self):
        with vedette_on("targets: []\n") as agent:
            done = in_dev('await_agent "$1" "$2"', agent.pid, agent.base)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_another_agent_at_the_same_address_is_not_taken_for_ours(self):
        with vedette_on("targets: []\n") as other:
            script = '"$1" run --config.file="$2" --web.listen-address="${3#http://}" & await_agent $! "$3"'
            done = in_dev(script, vedette_binary(), other.config_path, other.base)
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertIn(f"cannot listen on 127.0.0.1:{other.port}: address already in use", done.stderr)
            with subprocess.Popen(["/bin/sleep", "60"]) as alive:
                try:
                    done = in_dev('listens "$1" "$2"', alive.pid, other.port)
                    self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                finally:
                    alive.terminate()


if __name__ == "__main__":
    unittest.main()
