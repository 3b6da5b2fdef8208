"""The agent with a disk of its own that is soon full: a mount namespace in which a small tmpfs lies over a folder.

    own_resolv.become_root()                     # first thing of the program
    with on_small_disk(config_text, folder, "2m") as agent:
        fill(agent, folder)                      # not a byte more goes in
        free(agent, folder)

As a program it makes the namespace and becomes the command: `small_disk.py FOLDER SIZE COMMAND...`.
"""

import ctypes
import errno
import os
import sys
from pathlib import Path

from own_resolv import call, keep_mounts_here, libc
from process import vedette_on

FILLER = "filler"


def on_small_disk(config_text, folder, size):
    """vedette_on() whose agent sees an empty disk of that size at the folder; it is gone with the agent."""
    agent = vedette_on(config_text)
    agent.argv = [sys.executable, __file__, str(folder), size, *agent.argv]
    return agent


def inside(agent, path):
    """The path as the agent sees it, for us who are outside."""
    return Path(f"/proc/{agent.pid}/root{path}")


def fill(agent, folder):
    with open(inside(agent, folder) / FILLER, "ab", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(4096))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def free(agent, folder):
    (inside(agent, folder) / FILLER).unlink()


def main(folder, size, *command):
    directory = os.getcwd()  # which entering a namespace forgets
    keep_mounts_here()
    call(libc.mount, b"tmpfs", os.fsencode(folder), b"tmpfs", ctypes.c_ulong(0), f"size={size}".encode())
    os.chdir(directory)
    # The pid that a test stops is the agent's.
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
