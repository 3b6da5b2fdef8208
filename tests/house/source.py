"""C++ and file lists as the house rules read them."""

import re
import subprocess
from pathlib import Path

_TOKEN = re.compile(
    r"""R"(?P<tag>[^()\\\s]{0,16})\((?:.|\n)*?\)(?P=tag)"   # raw string
      | "(?:\\.|[^"\\\n])*"                                # string
      | (?<![0-9a-zA-Z_])'(?:\\.|[^'\\\n])+'               # character; 1'000 is a number
      | //(?:\\\n|[^\n])*                                  # comments
      | /\*(?:.|\n)*?\*/""",
    re.VERBOSE,
)


def strip_cpp(text):
    """The text with comments and the insides of strings blanked; every line keeps its number and every column its place."""

    def blank(match):
        token = match.group()
        empty = re.sub(r"[^\n]", " ", token)
        return empty if token.startswith("/") else '"' + empty[1:-1] + '"'

    return _TOKEN.sub(blank, text)


def project_files(root):
    """Files under root, relative: tracked and new ones where root is a git checkout, else all but build/."""
    root = Path(root)
    if (root / ".git").exists():
        command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        found = [Path(name) for name in subprocess.check_output(command, text=True).split("\0") if name]
    else:
        found = [path.relative_to(root) for path in root.rglob("*")]
        found = [path for path in found if path.parts[0] not in (".git", "build")]
    return sorted(path for path in set(found) if (root / path).is_file() and not (root / path).is_symlink())


def line_of(text, offset):
    """Number of the line that holds this offset, from 1."""
    return text.count("\n", 0, offset) + 1
