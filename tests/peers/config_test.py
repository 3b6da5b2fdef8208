"""The bad corpus is bad for blackbox_exporter too, and its words are the ones we expect of vedette where the files say so."""

import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

import bad_config  # noqa: E402
from process import blackbox_binary, run_command  # noqa: E402
from replay import blackbox_version, older  # noqa: E402


class ConfigTest(unittest.TestCase):
    def test_blackbox_exporter_says_what_the_corpus_says(self):
        version = blackbox_version()
        for bad in bad_config.corpus():
            if not bad.blackbox or older(version, bad.blackbox_since):
                continue
            with self.subTest(file=bad.path.name):
                done = run_command([blackbox_binary(), "--config.check", f"--config.file={bad.path}"])
                said = (done.stdout + done.stderr).replace('\\"', '"')
                if bad.blackbox == "accepts":
                    self.assertEqual(done.returncode, 0, said)
                else:
                    self.assertEqual(done.returncode, 1, said)
                    self.assertIn(bad.blackbox, said)


if __name__ == "__main__":
    unittest.main()
