#!/usr/bin/python3
"""No file and no function is too long, and the check that says so counts right."""

import tempfile
import unittest
from pathlib import Path

import limits

ROOT = Path(limits.__file__).resolve().parents[2]


def cpp(text):
    return [(line, length, name) for line, length, name in limits.cpp_functions(text)]


class LimitsTest(unittest.TestCase):
    def violations(self, name, text):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            return list(limits.check(directory))

    def test_this_project_keeps_its_limits(self):
        self.assertEqual(list(limits.check(ROOT)), [])

    def test_a_file_may_have_400_lines_and_not_one_more(self):
        for name in ("agent/base/a.cc", "tests/a.py", "dev.sh", "page.css"):
            comment = "#\n" if name.endswith(("py", "sh")) else "\n"
            self.assertEqual(self.violations(name, comment * 400), [])
            self.assertEqual(self.violations(name, comment * 401), [f"{name}:401: the file has 401 lines, 400 are allowed"])

    def test_prose_and_data_may_be_long(self):
        self.assertEqual(self.violations("README.md", "\n" * 900) + self.violations("a.json", "\n" * 900), [])

    def test_a_function_may_have_60_lines_and_not_one_more(self):
        shapes = {
            "a.cc": ("\nint answer(int x) {\n", "  x += 1;\n", "}\n", "answer"),
            "b.h": ("\nclass A {\n public:\n  A() : a_{1} {\n", "\n", "  }\n};\n", "A"),
            "c.py": ("\ndef answer():\n", "    x = 1\n", "    return x\n", "answer"),
            "d.sh": ("\nanswer() {\n", "  true\n", "}\n", "answer"),
        }
        for name, (begin, body, end, function) in shapes.items():
            line = begin.count("\n")
            with self.subTest(name):
                self.assertEqual(self.violations(name, begin + body * 58 + end), [])
                self.assertEqual(self.violations(name, begin + body * 59 + end), [f"{name}:{line}: {function} has 61 lines, 60 are allowed"])

    def test_braces_in_strings_comments_and_raw_strings_are_text(self):
        self.assertEqual(cpp('void f() {\n  g("{", \'{\', R"x({{)x"); // {\n  /* { */\n}\nvoid h() {}\n'), [(1, 4, "f"), (5, 1, "h")])

    def test_only_the_first_branch_of_a_conditional_counts(self):
        self.assertEqual(cpp("#ifdef A\nvoid f(int x) {\n#else\nvoid f(long x) {\n#endif\n}\nvoid g() {}\n"), [(2, 5, "f"), (7, 1, "g")])

    def test_tables_are_no_functions_and_named_lambdas_are(self):
        self.assertEqual(cpp("constexpr Row kRows[] = {\n  {1, f(2)},\n};\n"), [])
        self.assertEqual(len(cpp("const auto f = [](int x) {\n  return x;\n};\n")), 1)

    def test_what_a_class_or_namespace_holds_is_found(self):
        code = "namespace a {\nclass B final : public C<D> {\n public:\n  bool operator==(const B&) const {\n    return true;\n  }\n};\n}\n"
        self.assertEqual(cpp(code), [(4, 3, "operator==")])

    def test_what_is_not_python_is_red(self):
        self.assertEqual(self.violations("a.py", "def (:\n"), ["a.py:1: not Python: invalid syntax"])


if __name__ == "__main__":
    unittest.main()
