#!/usr/bin/python3
"""Floors, doors and cycles of agent/, by the table in floors.txt.

usage: floors.py [DIRECTORY]    the project's root (default: this one); prints every violation as `file:line: rule`, exit 1 if any
"""

import re
import sys
from pathlib import Path

from source import line_of, strip_cpp

HERE = Path(__file__).resolve().parent
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?P<open>[<"])(?P<name>[^>"\n]+)[>"]', re.MULTILINE)


class Table:
    """floors.txt: `floor N folder...`, `door PREFIX folder...`, `open PREFIX...`, `only FOLDER  RULE  REGEX`."""

    def __init__(self, path):
        self.floor, self.doors, self.open, self.only = {}, [], [], []
        for line in path.read_text().splitlines():
            word, _, rest = line.partition(" ")
            if word == "floor":
                number, *folders = rest.split()
                self.floor.update({folder: int(number) for folder in folders})
            elif word == "door":
                prefix, *folders = rest.split()
                self.doors.append((prefix, folders))
            elif word == "open":
                self.open += rest.split()
            elif word == "only":
                folder, rule, regex = re.split(r"\s{2,}", rest.strip(), maxsplit=2)
                self.only.append((folder, rule, re.compile(regex)))


def check_own(table, agent, folder, name):
    """A quoted include: what is wrong with it, or None."""
    target = name.split("/")[0]
    if "/" not in name or ".." in name:
        return f'"{name}": own headers are included by their path from agent/'
    if target not in table.floor:
        return f'"{name}": agent/{target} has no floor in tests/house/floors.txt'
    if not (agent / name).is_file():
        return f'"{name}": there is no agent/{name}'
    if folder is None or target == folder or table.floor[target] < table.floor[folder]:
        return None
    where = "beside it on the same floor" if table.floor[target] == table.floor[folder] else "above it"
    return f'"{name}": {folder} (floor {table.floor[folder]}) may not include {target} (floor {table.floor[target]}), which is {where}'


def check_outside(table, folder, name):
    """An include in angle brackets: what is wrong with it, or None."""
    for prefix, folders in table.doors:
        if name.startswith(prefix):
            return None if folder in folders else f"<{name}>: its door is agent/{' and agent/'.join(folders)}"
    if re.fullmatch(r"[a-z_0-9]+", name) or name.startswith(tuple(table.open)):
        return None
    return f"<{name}>: no door for it in tests/house/floors.txt"


def find_cycles(graph):
    """Every cycle of includes that a depth-first walk meets, as a list of files that starts and ends alike."""
    done, path, cycles = set(), [], []

    def visit(node):
        if node in path:
            cycles.append(path[path.index(node):] + [node])
        elif node not in done:
            path.append(node)
            for neighbour in sorted(graph.get(node, ())):
                visit(neighbour)
            path.pop()
            done.add(node)

    for node in sorted(graph):
        visit(node)
    return cycles


def check(root, table_path=HERE / "floors.txt"):
    """All violations of the tree at root, sorted."""
    table, agent, graph, found = Table(table_path), Path(root) / "agent", {}, []
    for path in sorted([*agent.rglob("*.cc"), *agent.rglob("*.h")]):
        name, text = path.relative_to(agent), path.read_text()
        folder = name.parts[0] if len(name.parts) > 1 else None
        if folder is None and name.name != "main.cc" or folder is not None and folder not in table.floor:
            found.append((f"agent/{name}", 1, "no floor: files stand in a folder that tests/house/floors.txt names, or are main.cc"))
            continue
        code = strip_cpp(text)
        for match in INCLUDE.finditer(text):
            if code[match.start("open")] == " ":
                continue  # inside a comment
            own, header = match["open"] == '"', match["name"]
            wrong = check_own(table, agent, folder, header) if own else check_outside(table, folder, header)
            if wrong:
                found.append((f"agent/{name}", line_of(text, match.start("open")), wrong))
            if own:
                graph.setdefault(str(name), set()).add(header)
        for home, rule, regex in table.only:
            if folder != home:
                found += [(f"agent/{name}", line_of(code, m.start()), f"only in agent/{home}: {rule}") for m in regex.finditer(code)]
    for cycle in find_cycles(graph):
        found.append((f"agent/{cycle[0]}", 1, "includes itself: " + " -> ".join(cycle)))
    return [f"{path}:{line}: {rule}" for path, line, rule in sorted(found)]


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[1]
    violations = check(root)
    print("\n".join(violations) if violations else f"floors, doors and cycles: {sum(1 for _ in (root / 'agent').rglob('*.[ch]*'))} files are in order")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
