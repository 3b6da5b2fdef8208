"""A real PostgreSQL of the test's own: a new cluster, on a free port of loopback, with passwords."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from process import ToolMissing, free_port, tool, wait_until

PASSWORD = "s3cret/with@odd:signs"
QUOTED = "s3cret%2Fwith%40odd%3Asigns"


def program(name):
    """Debian keeps the server's programs apart, by version: the newest."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    if not found:
        raise ToolMissing("postgresql is not installed; ./dev test installs what the tests need")
    return str(found[-1])


class Postgres:
    """`with Postgres() as database: database.url(...)`; stop() and start() in between as one likes."""

    def __init__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="postgres-"))
        self.data = self.directory / "data"
        self.port = free_port()
        # The server refuses to run as root.
        self.as_user = [tool("runuser"), "-u", "postgres", "--"] if os.geteuid() == 0 else []

    def _run(self, *words, check=True):
        done = subprocess.run([*self.as_user, *map(str, words)], cwd=self.directory, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=120, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"{words[0]} ended with {done.returncode}\n{done.stdout}{done.stderr}{self.log()}")
        return done

    def log(self):
        path = self.directory / "log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def __enter__(self):
        try:
            password = self.directory / "password"
            password.write_text(PASSWORD)
            if self.as_user:
                shutil.chown(self.directory, "postgres")
                shutil.chown(password, "postgres")
            self._run(program("initdb"), "-D", self.data, "-U", "vedette", "--pwfile", password, "--auth=scram-sha-256", "-E", "UTF8",
                      "--locale=C.UTF-8", "--no-sync")
            self.start()
            return self
        except BaseException:
            self.__exit__()
            raise

    def start(self):
        options = f"-h 127.0.0.1 -p {self.port} -k {self.directory} -c max_connections=30 -c shared_buffers=8MB"
        # pg_ctl's own wait is a second a step; the port tells sooner. Its child keeps the output open, so that goes to a file.
        with open(self.directory / "ctl", "wb") as output:
            subprocess.run([*self.as_user, program("pg_ctl"), "-D", str(self.data), "-W", "-l", str(self.directory / "log"), "-o", options,
                            "start"], cwd=self.directory, stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=60, check=True)
        wait_until(lambda: self._run(program("pg_isready"), "-h", "127.0.0.1", "-p", self.port, check=False).returncode == 0, 60,
                   "PostgreSQL to be ready", step=0.05)

    def stop(self, mode="fast"):
        self._run(program("pg_ctl"), "-D", self.data, "-m", mode, "-w", "stop")

    def url(self, database="postgres", options=""):
        return f"postgresql://vedette:{QUOTED}@127.0.0.1:{self.port}/{database}{options}"

    def url_without_password(self, database="postgres"):
        return f"postgresql://vedette@127.0.0.1:{self.port}/{database}"

    def sql(self, text, database="postgres"):
        done = subprocess.run([program("psql"), self.url(database), "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", text], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return done.stdout.strip()

    def __exit__(self, *_):
        if (self.data / "postmaster.pid").exists():
            self._run(program("pg_ctl"), "-D", self.data, "-m", "immediate", "-w", "stop", check=False)
        shutil.rmtree(self.directory, ignore_errors=True)
