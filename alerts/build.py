#!/usr/bin/python3
"""Makes what can be installed from rules/: PrometheusRule objects, and rules whose runbooks lie where you keep them.

usage: build.py [--runbooks BASE] [--label NAME=VALUE]... [--namespace NAME] [OUT]

Without arguments it writes kubernetes/ beside rules/, as it is shipped. With OUT it writes OUT/rules/ and OUT/kubernetes/, with
BASE in front of every runbook's file name, and the labels and the namespace that your Prometheus operator selects rules by.
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHIPPED_BASE = "https://vedette.example.org/runbooks"
NOTE = "# Made from rules/{name} by build.py: change that file and run it again.\n"


def with_base(text, base):
    """The rules with their runbooks under another address."""
    return text.replace(SHIPPED_BASE + "/", base.rstrip("/") + "/")


def prometheus_rule(name, text, labels, namespace):
    """A rule file as a PrometheusRule: what the file says is its `spec`, moved in by two columns and otherwise untouched."""
    head = [NOTE.format(name=name) + "apiVersion: monitoring.coreos.com/v1", "kind: PrometheusRule", "metadata:"]
    head.append(f"  name: vedette-{name.removesuffix('.yml')}")
    if namespace:
        head.append(f"  namespace: {namespace}")
    head.append("  labels:")
    head += [f"    {key}: {value}" for key, value in sorted({"app.kubernetes.io/name": "vedette", **labels}.items())]
    head.append("spec:")
    body = ["  " + line if line else "" for line in text.rstrip("\n").split("\n")]
    return "\n".join(head + body) + "\n"


def made(base=SHIPPED_BASE, labels=None, namespace=""):
    """{path: text} of everything, by its path below OUT."""
    files = {}
    for path in sorted((HERE / "rules").glob("*.yml")):
        text = with_base(path.read_text(), base)
        files[f"rules/{path.name}"] = text
        files[f"kubernetes/{path.name}"] = prometheus_rule(path.name, text, labels or {}, namespace)
    return files


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runbooks", default=SHIPPED_BASE, metavar="BASE", help="where the pages of runbooks/ are published")
    parser.add_argument("--label", action="append", default=[], metavar="NAME=VALUE", help="a label of every PrometheusRule")
    parser.add_argument("--namespace", default="", help="the namespace of every PrometheusRule")
    parser.add_argument("out", nargs="?", type=Path, help="the directory to write to")
    flags = parser.parse_args()
    wrong = [pair for pair in flags.label if not all(pair.partition("="))]
    if wrong:
        parser.error(f"--label {wrong[0]}: NAME=VALUE is wanted")
    changed = flags.label or flags.namespace or flags.runbooks != SHIPPED_BASE
    if changed and not flags.out:
        parser.error("name a directory OUT: the shipped files stay as they are")
    labels = dict(pair.split("=", 1) for pair in flags.label)
    out = flags.out or HERE
    for name, text in made(flags.runbooks, labels, flags.namespace).items():
        if flags.out or not name.startswith("rules/"):
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
