"""The real node_exporter, on the real machine or on the /proc of a host that is in trouble: its files are written here, it reads them."""

import os
import shutil
import tempfile
import threading
import time
from pathlib import Path

from process import Process, free_port, tool

COLLECTORS = ["conntrack", "cpu", "diskstats", "filesystem", "meminfo", "netstat", "sockstat", "stat", "uname"]
TICKS = 100  # of /proc/stat, a second
# A disk that can be written and one that cannot. What they hold is what the machine's own /dev/shm holds.
MOUNTS = "/dev/vdb /data ext4 rw,relatime 0 0\n/dev/vdc /archive ext4 ro,relatime 0 0\n"


def files(cpu, since, seconds):
    """{path below /proc: text} of a host that started at `since` and has been in trouble for so many seconds. cpu: {mode: share}."""
    modes = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guest_nice"]
    ticks = " ".join(str(int(cpu.get(mode, 0) * TICKS * seconds)) for mode in modes)
    segments = int(1000 * seconds)
    return {
        "stat": f"cpu  {ticks}\ncpu0 {ticks}\nintr 0\nctxt 0\nbtime {int(since)}\nprocesses 1\nprocs_running 1\nprocs_blocked 0\n",
        "meminfo": "MemTotal: 8000000 kB\nMemFree: 100000 kB\nMemAvailable: 400000 kB\nSwapTotal: 1000000 kB\nSwapFree: 50000 kB\n",
        "diskstats": f"   8       0 sda 1 0 8 1 1 0 8 1 0 {int(999 * seconds)} {int(5000 * seconds)}\n",
        "net/snmp": f"Tcp: ActiveOpens OutSegs RetransSegs\nTcp: 1 {segments} {segments // 10}\n",
        "net/netstat": "TcpExt: SyncookiesSent\nTcpExt: 0\n",
        "net/sockstat": "sockets: used 30000\nTCP: inuse 10 orphan 0 tw 25000 alloc 20 mem 1\n",
        "sys/net/netfilter/nf_conntrack_count": "900\n",
        "sys/net/netfilter/nf_conntrack_max": "1000\n",
        "1/mounts": MOUNTS,
    }


class Host:
    """A directory that looks like the /proc of such a host and goes on counting; a context manager."""

    def __init__(self, **cpu):
        self.cpu, self.begin, self.since = cpu, time.monotonic(), time.time() - 60
        self.directory = Path(tempfile.mkdtemp(prefix="host-"))
        self.ended = threading.Event()
        self.writer = threading.Thread(target=self._count, daemon=True)
        self.flags = [f"--path.procfs={self.directory}/proc", f"--path.rootfs={self.directory}/root", "--collector.disable-defaults",
                      *(f"--collector.{name}" for name in COLLECTORS)]

    def write(self):
        for name, text in files(self.cpu, self.since, 100 + time.monotonic() - self.begin).items():
            path = self.directory / "proc" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(path.name + ".new")
            fresh.write_text(text)
            fresh.replace(path)

    def _count(self):
        while not self.ended.wait(0.2):
            self.write()

    def __enter__(self):
        (self.directory / "root").mkdir()
        for mountpoint in ("data", "archive"):
            os.symlink("/dev/shm", self.directory / "root" / mountpoint)
        self.write()
        self.writer.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.writer.join(5)
        shutil.rmtree(self.directory)


class NodeExporter(Process):
    """`with NodeExporter(host.flags) as exporter`; without flags it tells of this machine."""

    def __init__(self, flags=()):
        self.port = free_port()
        super().__init__([tool("prometheus-node-exporter"), f"--web.listen-address=127.0.0.1:{self.port}", *flags], name="node_exporter")

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def __enter__(self):
        super().__enter__()
        try:
            self.await_answer(f"http://{self.address}/metrics", 30)
        except BaseException:
            self.__exit__()
            raise
        return self
