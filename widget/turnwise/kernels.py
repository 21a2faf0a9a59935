"""How releases of ipykernel 7 treat messages of a page, and what helps against it.

What is set here is private to ipykernel: each is only touched if it is there, as it was when this was written.
"""

from __future__ import annotations

from typing import Any


def hear(comm: Any) -> None:
    """Have what a page sends over ``comm`` come as it was sent: at once, also while a cell runs."""
    # 7.4 sends it to the thread that last published on this comm: to the one that a cell keeps busy. Our handler may
    # run anywhere, so it may come as the page sent it, on a subshell.
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = None
    # 7.0 to 7.3 write replies to the socket itself that a stream reads requests from. A request that comes in that
    # moment is not seen, nor is any after it from the same server: the kernel idles for good. ipykernel's own cure, in
    # 7.4, is to write through the stream (ipython/ipykernel#1529).
    kernel = getattr(comm, "kernel", None)
    stream = getattr(kernel, "shell_stream", None)
    manager = getattr(getattr(kernel, "shell_channel_thread", None), "_manager", None)
    socket = getattr(manager, "_shell_socket", None)
    if manager is not None and socket is not None and getattr(stream, "socket", None) is socket:
        manager._shell_socket = stream
