"""`python -m core.serving.tied COMMAND…`: exec the command, and have the kernel kill it when our parent ends.

A server holds GPU memory while it lives, so it must not outlive a runner that is killed with -9; most servers have no
option for that. The setting survives `exec` (Linux `prctl(2)`, PR_SET_PDEATHSIG).
"""

from __future__ import annotations

import os
import sys

from core.jobs.processes import die_with_parent

if __name__ == "__main__":
    die_with_parent()
    os.execvp(sys.argv[1], sys.argv[1:])
