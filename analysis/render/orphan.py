"""A process ends with the one that started it, however that ends."""
from __future__ import annotations

import ctypes
import os
import signal
import sys

DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG


def end_with(parent: int) -> None:
    """Have the system end this process when the process ``parent``, which started it, is no more; where the system cannot, nothing happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it ended before it was asked for
            os._exit(1)
