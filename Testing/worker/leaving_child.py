"""A worker whose first life ends soon after it is warm, its output half a second earlier; the next one works."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from TumorResponseLib.worker.messages import to_line


def main(place: Path) -> None:
    lived = place / "lived"
    if lived.exists():
        os.execv(sys.executable, [sys.executable, "-m", "Testing.worker.slow_child", str(place)])
    lived.touch()
    sys.stdin.readline()
    for event in ("ready", "warm"):
        sys.stdout.buffer.write(to_line({"event": event}))
    sys.stdout.flush()
    os.close(1)
    time.sleep(0.5)
    os._exit(3)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
