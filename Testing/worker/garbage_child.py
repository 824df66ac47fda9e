"""Not a worker: says it is ready, and then what the command line says, to whatever it is asked."""

from __future__ import annotations

import sys
from pathlib import Path

from TumorResponseLib.worker.messages import of_line, to_line


def main(answer: str, log: Path) -> None:
    sys.stdin.readline()
    with log.open("a") as lines:
        lines.write("started\n")
    sys.stdout.buffer.write(to_line({"event": "ready"}))
    sys.stdout.flush()
    for line in sys.stdin.buffer:
        asked = of_line(line)
        print(answer.replace("ID", str(asked.get("id"))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
