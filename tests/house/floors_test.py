#!/usr/bin/python3
"""agent/ keeps its floors and doors, and the check that says so turns red for every kind of violation."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import floors

CLEAN = {
    "base/time.h": "#include <chrono>\ninline auto now() { return std::chrono::steady_clock::now(); }\n",
    "model/target.h": '#include "base/time.h"\n#include <fmt/core.h>\n',
    "net/loop.h": '#include "model/target.h"\n#include <uv.h>\n',
    "page/text.h": '#include "model/target.h"\n// std::mutex and time(nullptr) in a comment are words\n',
    "probe/http.cc": '#include "net/loop.h"\nconst char* words = "clock::now() std::mutex #include <uv.h>";\n',
    "main.cc": '#include "probe/http.cc"\n#include "base/time.h"\n',
}


class FloorsTest(unittest.TestCase):
    def violations(self, **planted):
        """What the check says of a clean little house into which these files were put (`base__time_h` is base/time.h)."""
        with tempfile.TemporaryDirectory() as directory:
            files = CLEAN | {name.replace("__", "/").replace("_cc", ".cc").replace("_h", ".h"): text for name, text in planted.items()}
            for name, text in files.items():
                path = Path(directory, "agent", name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return floors.check(directory)

    def assert_red(self, place, rule, **planted):
        found = self.violations(**planted)
        self.assertEqual([line for line in found if line.startswith(f"agent/{place}: ") and rule in line], found)
        self.assertEqual(len(found), 1, found)

    def test_this_project_keeps_its_floors(self):
        self.assertEqual(floors.check(floors.HERE.parents[1]), [])

    def test_a_clean_house_is_green(self):
        self.assertEqual(self.violations(), [])

    def test_an_include_of_a_higher_floor_is_red(self):
        self.assert_red("model/bad.h:2", "above it", model__bad_h='\n#include "net/loop.h"\n')

    def test_an_include_of_the_same_floor_is_red(self):
        self.assert_red("page/bad.h:1", "beside it", page__bad_h='#include "net/loop.h"\n')

    def test_a_library_outside_its_door_is_red(self):
        self.assert_red("probe/bad.cc:1", "its door is agent/net", probe__bad_cc="#include <curl/curl.h>\n")

    def test_main_goes_through_the_doors_too(self):
        self.assert_red("main.cc:1", "its door is agent/serve", main_cc="#include <civetweb.h>\n")

    def test_a_library_without_a_door_is_red(self):
        self.assert_red("net/bad.h:1", "no door for it", net__bad_h="#include <boost/asio.hpp>\n")

    def test_an_include_that_is_not_written_from_agent_is_red(self):
        self.assert_red("net/bad.h:1", "by their path from agent/", net__bad_h='#include "loop.h"\n')

    def test_an_include_of_nothing_is_red(self):
        self.assert_red("net/bad.h:1", "there is no agent/net/gone.h", net__bad_h='#include "net/gone.h"\n')

    def test_a_folder_without_a_floor_is_red(self):
        self.assert_red("misc/bad.h:1", "no floor", misc__bad_h="")

    def test_a_cycle_is_red(self):
        self.assert_red("net/a.h:1", "net/a.h -> net/b.h -> net/a.h", net__a_h='#include "net/b.h"\n', net__b_h='#include "net/a.h"\n')

    def test_time_is_asked_in_base_only(self):
        for call in ("std::chrono::system_clock::now()", "Clock::now()", "time(nullptr)", "std::time(0)", "clock_gettime(CLOCK_REALTIME, &t)"):
            with self.subTest(call):
                self.assert_red("probe/bad.cc:2", "time comes from base/time", probe__bad_cc=f"\nauto t = {call};\n")

    def test_locks_are_in_base_only(self):
        for word in ("std::mutex m;", "std::shared_mutex m;", "std::lock_guard lock(m);", "std::condition_variable c;"):
            with self.subTest(word):
                self.assert_red("serve/bad.cc:1", "a lock", serve__bad_cc=word)

    def test_the_program_prints_violations_and_fails(self):
        with tempfile.TemporaryDirectory() as directory:
            Path(directory, "agent/base").mkdir(parents=True)
            Path(directory, "agent/base/bad.h").write_text("#include <uv.h>\n")
            run = subprocess.run([sys.executable, floors.__file__, directory], capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stdout), (1, "agent/base/bad.h:1: <uv.h>: its door is agent/net\n"))


if __name__ == "__main__":
    unittest.main()
