"""The fault server: more than a hundred ways in which a web server can behave badly, each on a port of its own.

    with FaultServer(cert.crt, cert.key) as server:
        client.get(server.url("endless_headers"))
        assert server.counts["endless_headers"].connections == 1

By hand: `python3 tests/support/faults.py [name ...]` serves until interrupted and prints every URL with its sentence.
A behaviour is one coroutine in faults_http1.py, faults_body.py, faults_tls.py or faults_http2.py, entered by @fault().
"""

import sys
import time

import faults_body  # noqa: F401  pylint: disable=unused-import
import faults_http1  # noqa: F401  pylint: disable=unused-import
import faults_http2  # noqa: F401  pylint: disable=unused-import
import faults_tls  # noqa: F401  pylint: disable=unused-import
from certs import Certs
from faults_core import Counts, FaultServer, behaviours

__all__ = ["Counts", "FaultServer", "behaviours", "serve_shared"]


def serve_shared(names=None):
    """A FaultServer with the test run's own certificate."""
    good = Certs.shared()["good"]
    return FaultServer(good.crt, good.key, names)


def main(names):
    with serve_shared(names or None) as server:
        print(f"CA: {Certs.shared().ca_file}", flush=True)
        for name, behaviour in server.behaviours.items():
            print(f"{server.url(name):32} {name:32} {behaviour.help}", flush=True)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        pass
