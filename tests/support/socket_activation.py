"""Starts a program as systemd's socket units do: with listening sockets from descriptor 3 on.

usage: socket_activation.py PLACE... -- PROGRAM ARGUMENT...    a PLACE is a path, 127.0.0.1 or ::1 (with a port of the system's choice)

LISTEN_PID is this process, which becomes the program; env SAID_PID replaces it, SAID_COUNT the number of sockets.
"""

import os
import socket
import sys

FIRST = 3


def listening(place):
    if place.startswith("/"):
        made = socket.socket(socket.AF_UNIX)
        made.bind(place)
    else:
        made = socket.socket(socket.AF_INET6 if ":" in place else socket.AF_INET)
        made.bind((place, 0))
    made.listen(64)
    return made


def main():
    divider = sys.argv.index("--")
    made = [listening(place) for place in sys.argv[1:divider]]
    # Out of the way first, so that no socket is overwritten before it was moved.
    high = [os.dup2(one.fileno(), FIRST + 100 + at, inheritable=False) for at, one in enumerate(made)]
    for at, fd in enumerate(high):
        os.dup2(fd, FIRST + at, inheritable=True)
    os.environ["LISTEN_FDS"] = os.environ.pop("SAID_COUNT", str(len(made)))
    os.environ["LISTEN_PID"] = os.environ.pop("SAID_PID", str(os.getpid()))
    command = sys.argv[divider + 1:]
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
