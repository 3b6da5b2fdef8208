"""Which of the two exporters a peers test asks: both, or the one named by `--only NAME` or env REPLAY_ONLY."""

import os
import sys

BOTH = ("vedette", "blackbox")


def chosen_sides():
    """Takes `--only NAME` out of the arguments, so that unittest does not see it."""
    only = os.environ.get("REPLAY_ONLY", "")
    if "--only" in sys.argv:
        place = sys.argv.index("--only")
        only = sys.argv[place + 1] if place + 1 < len(sys.argv) else "?"
        del sys.argv[place:place + 2]
    if only not in ("", *BOTH):
        sys.exit(f"--only {only}: vedette or blackbox")
    return tuple(side for side in BOTH if only in ("", side))
