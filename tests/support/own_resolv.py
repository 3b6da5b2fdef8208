"""The agent with /etc/resolv.conf and /etc/hosts of its own: a mount namespace in which our files lie over these two.

    own_resolv.become_root()              # first thing of the program
    with on_names(config_text, f"nameserver {dns.address}\\n", "127.0.0.1 localhost\\n") as agent:
        agent.resolv_conf.write_text(...)     # written in place: the agent sees it at its path

As a program it makes the namespace and becomes the command: `own_resolv.py RESOLV_CONF HOSTS COMMAND...`. It does so
itself, because unshare(1) fails in a chroot whose root is no mount point, as builders of packages like to have.
"""

import ctypes
import errno
import fcntl
import os
import socket
import struct
import sys

from process import tool, vedette_on

INSIDE = "VEDETTE_TEST_NAMESPACE"
SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40
CLONE_NEWNS = 0x20000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000

libc = ctypes.CDLL(None, use_errno=True)


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
    agent.argv = [sys.executable, __file__, str(agent.resolv_conf), str(agent.hosts_file), *agent.argv]
    return agent


def call(function, *arguments):
    """A system call by way of libc; its error is an OSError."""
    if function(*arguments) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function.__name__}{arguments}: {os.strerror(number)}")


def mount(source, target, flags):
    call(libc.mount, os.fsencode(source), os.fsencode(target), None, ctypes.c_ulong(flags), None)


def keep_mounts_here():
    """From now on no mount of ours is seen outside, however the machine shares its own."""
    call(libc.unshare, CLONE_NEWNS)
    try:
        mount("none", "/", MS_REC | MS_PRIVATE)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        # "/" is a directory that somebody chose with chroot(2), and what it is mounted on is out of reach. Entering
        # the namespace that we are in leads to its real root; once that is private, we go back.
        home = os.open("/", os.O_DIRECTORY)
        namespace = os.open("/proc/self/ns/mnt", os.O_RDONLY)
        call(libc.setns, namespace, CLONE_NEWNS)
        mount("none", "/", MS_REC | MS_PRIVATE)
        os.chdir(home)
        os.chroot(".")


def main(resolv_conf, hosts, *command):
    directory = os.getcwd()  # which entering a namespace forgets
    keep_mounts_here()
    mount(resolv_conf, "/etc/resolv.conf", MS_BIND)
    mount(hosts, "/etc/hosts", MS_BIND)
    os.chdir(directory)
    # The pid that a test stops is the agent's.
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
