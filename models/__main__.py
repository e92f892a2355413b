"""The command line: `python -m models train|seeds|spread|tune`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from models import ModelError, seeds_cli, train_cli
from models.tuning import command as tuning

if TYPE_CHECKING:
    from collections.abc import Sequence

DESCRIPTION = "Train, tune and judge the models that are measured."
USAGE, INTERRUPTED = 2, 130  # 130 as shells have it: 128 + SIGINT


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 something failed, 2 a wrong request, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="python -m models", description=DESCRIPTION)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    train_cli.add(commands)
    seeds_cli.add(commands)
    tuning.add(commands)
    asked = parser.parse_args(arguments)
    try:
        status: int = asked.run(asked)
    except (ModelError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted before anything was trained.\n")
        return INTERRUPTED
    return status


if __name__ == "__main__":
    sys.exit(main())
