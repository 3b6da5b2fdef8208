"""The agent with /etc/resolv.conf and /etc/hosts of its own: a mount namespace in which our files lie over the machine's.

    own_resolv.become_root()              # first thing of the program
    with on_names(config_text, f"nameserver {dns.address}\\n", "127.0.0.1 localhost\\n") as agent:
        agent.resolv_conf.write_text(...)     # written in place: the agent sees it at its path
"""

import fcntl
import os
import socket
import struct
import sys

from process import tool, vedette_on

# The shell replaces itself by the agent, so the pid that a test stops is the agent's.
SCRIPT = 'mount --bind "$1" /etc/resolv.conf && mount --bind "$2" /etc/hosts && shift 2 && exec "$@"'
INSIDE = "VEDETTE_TEST_NAMESPACE"
SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40


def become_root():
    """Port 53 and mounts need root. Who is not starts over as root of a namespace that has nothing but loopback."""
    if os.environ.get(INSIDE):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP | IFF_RUNNING))
    elif os.geteuid() != 0:
        unshare = tool("unshare")
        os.execve(unshare, [unshare, "-Urmn", "--", sys.executable, *sys.argv], {**os.environ, INSIDE: "1"})


def on_names(config_text, resolv_conf, hosts="127.0.0.1 localhost\n", arguments=(), **options):
    """vedette_on() whose agent reads these two texts."""
    agent = vedette_on(config_text, arguments, **options)
    agent.resolv_conf = agent.directory / "resolv.conf"
    agent.hosts_file = agent.directory / "hosts"
    agent.resolv_conf.write_text(resolv_conf)
    agent.hosts_file.write_text(hosts)
    agent.argv = [tool("unshare"), "-m", "--", "/bin/sh", "-c", SCRIPT, "sh", str(agent.resolv_conf),
                  str(agent.hosts_file), *agent.argv]
    return agent
