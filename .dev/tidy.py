#!/usr/bin/python3
"""clang-tidy over agent/, two files at a time, and only where something changed since it was last silent.

A file is clean as long as its own text, that of every header it reads, its compiler flags, .clang-tidy and clang-tidy itself are the same.
Texts are compared, not preprocessed code, since NOLINT stands in comments. Sizes and times of files spare most of the reading.
"""

import argparse
import functools
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# Flags that g++ knows and clang does not; they change no warning.
GCC_ONLY = re.compile(r"-(?:Wno-tsan|fno-sanitize-recover.*|flto=auto|ffat-lto-objects)$")


@functools.cache
def text_hash(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@functools.cache
def stamp(path):
    """What tells cheaply that a file is the same: its time and size; None if it is gone."""
    try:
        info = os.stat(path)
    except OSError:
        return None
    return [info.st_mtime_ns, info.st_size]


def commands(build):
    """Source file -> compiler arguments, for the files of agent/."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        words = shlex.split(entry["command"])
        words = words[next(i for i, word in enumerate(words) if not word.endswith("ccache")) + 1 :]
        if "/agent/" in entry["file"]:
            found[entry["file"]] = [word for word in words if not GCC_ONLY.match(word)]
    return dict(sorted(found.items()))


def dependencies(tidy, arguments):
    """Every file the compiler reads for these arguments."""
    clang = Path(os.path.realpath(shutil.which(tidy))).with_name("clang")
    compiler = str(clang) if clang.exists() else "g++"
    plain = [word for i, word in enumerate(arguments) if word not in ("-o", "-c") and arguments[i - 1] != "-o"]
    run = subprocess.run([compiler, "-M", *plain], capture_output=True, text=True)
    return sorted({os.path.realpath(name) for name in run.stdout.replace("\\\n", " ").split()[1:]})


def is_clean(record, key):
    """Whether the record of an earlier silent run still holds."""
    if record.get("key") != key:
        return False
    return all(stamp(path) == seen or stamp(path) and text_hash(path) == digest for path, (seen, digest) in record["files"].items())


def without_notes(text):
    """The findings and the lines they point at, without the analyzer's account of how it got there."""
    kept, noted = [], False
    for line in text.splitlines():
        start = re.match(r"[^ ].*?:\d+:\d+: (\w+)", line)
        noted = start[1] == "note" if start else noted
        if not noted:
            kept.append(line)
    return "\n".join(kept)


def tidy_one(options, source, arguments, key):
    """Runs clang-tidy on one file; remembers it when it is silent, else returns what it says."""
    command = [options.tidy, "--quiet", source, "--", *arguments, "-Wno-unknown-warning-option"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0 or "warning:" in run.stdout:
        return without_notes(run.stdout) or run.stderr.strip()
    files = {path: [stamp(path), text_hash(path)] for path in dependencies(options.tidy, arguments) if stamp(path)}
    record_path(options.cache, source).write_text(json.dumps({"key": key, "files": files}))
    return ""


def record_path(cache, source):
    return cache / (hashlib.sha256(source.encode()).hexdigest()[:24] + ".json")


def read_record(path):
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tidy", required=True, help="the program")
    parser.add_argument("--build", type=Path, required=True, help="build tree with compile_commands.json")
    parser.add_argument("--cache", type=Path, required=True, help="folder for records of silent runs")
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


def main():
    options, begin = parse_arguments(), time.monotonic()
    options.cache.mkdir(parents=True, exist_ok=True)
    version = subprocess.check_output([options.tidy, "--version"], text=True) + text_hash(".clang-tidy")
    todo = []
    sources = commands(options.build)
    for source, arguments in sources.items():
        key = hashlib.sha256((version + shlex.join(arguments)).encode()).hexdigest()
        if not is_clean(read_record(record_path(options.cache, source)), key):
            todo.append((source, arguments, key))
    print(f"{len(sources)} files, {len(todo)} to look at", flush=True)
    bad = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for (source, _, _), said in zip(todo, pool.map(lambda job: tidy_one(options, *job), todo)):
            print(f"  {'bad' if said else 'ok ':3} {os.path.relpath(source)}", flush=True)
            if said:
                bad += 1
                print(said, flush=True)
    print(f"{bad} of {len(sources)} files have findings, {time.monotonic() - begin:.1f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
