"""A night of its own: the script with an interpreter that only notes what it was asked."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".ci" / "nightly"

ENVIRONMENTS = ("bench", "bench-gpu", "bench-tensorrt", "bench-tensorrt-rtx")

# An interpreter that keeps its arguments, saves a run when it is pytest, and ends as it is told:
# COMPARE_FIRST is how a comparison with the first run of all ends, where that is told.
PYTHON = """#!/usr/bin/env bash
echo "$*" >>"$ASKED"
case "$*" in
  "-m pip freeze") echo "torch==0" ;;
  "-m tox"*) echo "torch was resolved"; exit "$TOX" ;;
  "-m bench doctor"*) echo "$SAYS"; exit "$DOCTOR" ;;
  "-m bench selfcheck"*) echo "$FLOOR" ;;
  "-m pytest"*)
    run=$SPEEDPROOF_NIGHTLY/runs/$RANDOM$RANDOM.json
    [[ $SAVES == 0 ]] || { echo "$RECORD" >"$run"; echo "$run" >>"$SAVED"; }
    exit "$PYTEST"
    ;;
  "-m results compare"*)
    [[ $4 != "$(head -n 1 "$SAVED")" ]] || COMPARE=${COMPARE_FIRST:-$COMPARE}
    echo "$FOUND"
    exit "$COMPARE"
    ;;
  "-m results publish"*) echo "no room left"; exit "$PUBLISH" ;;
  "-m results table"*) echo "$SHOWN"; exit "$TABLE" ;;
esac
"""


class Night:
    """A copy of the script in a folder of its own, and what its interpreter is to do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / ".ci").mkdir()
        (folder / "results" / "tables").mkdir(parents=True)
        self.script = folder / ".ci" / "nightly"
        self.script.write_bytes(SCRIPT.read_bytes())
        self.script.chmod(0o755)
        self.python = folder / "python"
        places = [folder / ".tox" / name / "bin" / "python" for name in ("ci", *ENVIRONMENTS)]
        for file in (self.python, *places):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(PYTHON)
            file.chmod(0o755)
        self.asked: list[str] = []
        self.saved: list[str] = []  # the run of each night that saved one
        self.says = ""  # the doctor
        self.floor = "floor: none"  # the self-check
        self.record = '{"status": "measured"}'
        self.found = "one case got slower"
        self.shown = "| a table |"
        self.page = folder / "page.md"

    def run(self, *options: str, **told: int) -> int:
        return self.run_as(["-p", str(self.python)], *options, **told)

    def run_as(self, how: list[str], *options: str, **told: int) -> int:
        asked = self.folder / "asked"
        codes = {
            "TOX": 0,
            "DOCTOR": 0,
            "PYTEST": 0,
            "COMPARE": 0,
            "SAVES": 1,
            "PUBLISH": 0,
            "TABLE": 0,
            **told,
        }
        environment = {
            **os.environ,
            **{name: str(code) for name, code in codes.items()},
            "SAYS": self.says,
            "FLOOR": self.floor,
            "RECORD": self.record,
            "SHOWN": self.shown,
            "FOUND": self.found,
            "ASKED": str(asked),
            "SAVED": str(self.folder / "saved"),
            "SPEEDPROOF_NIGHTLY": str(self.folder / "state"),
            "GITHUB_STEP_SUMMARY": str(self.page),
            "NIGHTLY_SELFCHECK": "--pairs 2",
        }
        command = [str(self.script), *how, *options]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        self.asked = _lines(asked)
        asked.unlink(missing_ok=True)
        self.saved = _lines(self.folder / "saved")
        return done.returncode

    @property
    def summary(self) -> str:
        return (self.folder / "nightly" / "summary.md").read_text()

    @property
    def compared(self) -> list[int]:
        """The nights with whose runs the last one was compared, counted from 0."""
        pairs = [each.split()[3:] for each in self.asked if "results compare" in each]
        assert all(head == self.saved[-1] for _, head in pairs)
        return [self.saved.index(base) for base, _ in pairs]


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []
