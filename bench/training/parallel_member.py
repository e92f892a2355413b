"""One of the processes of torchrun that `python -m bench parallel` starts, several times over."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from bench import options
from bench.training import parallel
from bench.training.scaling import REASON
from bench.workers.session import Unavailable
from models.errors import ImpossibleError

FINE, IMPOSSIBLE = 0, 3


def main(request: Path) -> int:
    """Measure what the file asks for; one of the processes writes the answer."""
    asked = json.loads(request.read_text())
    answer = Path(asked["answer"])
    chosen = options.Options(
        scenarios=(asked["scenario"],), cases=(asked["case"],), device=asked["device"]
    )
    (case,) = options.selected_cases(chosen)
    try:
        part = parallel.measure(case, asked["replicate"], asked["rounds"])
    except (ImpossibleError, Unavailable) as reason:
        answer.write_text(json.dumps({REASON: str(reason)}))
        return IMPOSSIBLE
    if part is not None:
        answer.write_text(json.dumps(asdict(part)))
    return FINE


if __name__ == "__main__":
    status = main(Path(sys.argv[1]))
    sys.stderr.flush()
    # Not sys.exit: taken down, torch aborts now and then, on a busy machine one process in ten
    # ("terminate called without an active exception"). The answer is on disk: nothing is lost.
    os._exit(status)
