"""Faults below the accepted connection: a port that nobody serves and one whose queue is full."""

import contextlib
import select
import socket

from process import free_port


def refused_url():
    """A port where nothing listens."""
    return f"http://127.0.0.1:{free_port()}/"


@contextlib.contextmanager
def full_queue():
    """The URL of a listener that accepts nobody and whose queue is full: the kernel drops every further SYN."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                waiting.connect(listener.getsockname())
            _, connected, _ = select.select([], [waiting], [], 0.1)
            if not connected:
                break
        else:
            raise AssertionError("the listener's queue does not fill up on this kernel")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
