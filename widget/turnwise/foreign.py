"""Code of others: what of all that it may raise is caught.

``sys.exit`` in a tool, a rule or an agent means to end a process, and here there is only a call or a run to end. Knows
nothing of turnwise.
"""

from __future__ import annotations

import threading


def faults() -> tuple[type[BaseException], ...]:
    """What to catch around code of others: everything but a cancellation, and the reader's own interrupt.

    asyncio lets ``SystemExit`` and ``KeyboardInterrupt`` out of a task through its loop, which ends for all that live
    there. Python interrupts the main thread only: in any other, it is code that has raised ``KeyboardInterrupt``.
    """
    if threading.current_thread() is threading.main_thread():
        return (Exception, SystemExit)
    return (Exception, SystemExit, KeyboardInterrupt)
