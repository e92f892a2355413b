"""What pytest-benchmark's and pyperf's own comparisons say of one inference, slowed or not.

Each measures one workload twice, in processes of its own, and judges by a rule of its own:

- pytest-benchmark: one run saved, one compared with --benchmark-compare-fail=mean:5%. It can say
  "regressed" and nothing else: what looks faster is never an alarm.
- pyperf: two files made with --fast, and what python -m pyperf compare_to says of them.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from one_inference import ARTIFACT, SHARE

if TYPE_CHECKING:
    from bench.preparation.artifact import Artifact

ROOT = Path(__file__).resolve().parents[2]
IDENTICAL = 0.0
RULE = "mean:5%"
PYTEST, PYPERF = "test_inference.py", "bench_inference.py"
FILES = {
    "pytest.ini": "[pytest]\n",  # where the search for a configuration ends
    PYTEST: """
from one_inference import workload

def test_inference(benchmark):
    benchmark(workload())
""",
    PYPERF: """
import pyperf
from one_inference import workload

pyperf.Runner().bench_func("inference", workload())
""",
}


Judge = Callable[[float], str]  # measures a pair with this slowdown; "slower", "faster" or "same"


class ToolError(RuntimeError):
    """A tool could not measure; the text is what it wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """The other tools, each in processes of its own that start in one folder."""

    folder: Path

    def pytest_benchmark(self, slowdown: float) -> str:
        """Save a run, and let a second one be compared with it."""
        with tempfile.TemporaryDirectory() as storage:
            usual = ("-m", "pytest", PYTEST, f"--benchmark-storage=file://{storage}")
            _checked(self._python(IDENTICAL, *usual, "--benchmark-save=base"))
            judged = ("--benchmark-compare=0001", f"--benchmark-compare-fail={RULE}")
            finished = self._python(slowdown, *usual, *judged)
        if "Performance has regressed" in finished.stdout + finished.stderr:
            return "slower"
        _checked(finished)
        return "same"

    def pyperf(self, slowdown: float) -> str:
        """Write two files, and ask compare_to about them."""
        with tempfile.TemporaryDirectory() as written:
            files = [f"{written}/{name}.json" for name in ("base", "head")]
            for file, share in zip(files, (IDENTICAL, slowdown), strict=True):
                inherited = f"--inherit-environ=PYTHONPATH,{SHARE}"
                _checked(self._python(share, PYPERF, "--fast", "-o", file, inherited))
            said = _checked(self._python(slowdown, "-m", "pyperf", "compare_to", *files))
        return next((word for word in ("slower", "faster") if word in said), "same")

    def _python(self, slowdown: float, *arguments: str) -> subprocess.CompletedProcess[str]:
        known = os.pathsep.join([str(ROOT), str(Path(__file__).resolve().parent)])
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": known, SHARE: str(slowdown)},
            capture_output=True,
            text=True,
            check=False,
        )


def _checked(finished: subprocess.CompletedProcess[str]) -> str:
    if finished.returncode:
        msg = f"{' '.join(finished.args)}:\n{finished.stdout}{finished.stderr}"
        raise ToolError(msg)
    return finished.stdout


def prepare(folder: Path, artifact: Artifact) -> dict[str, Judge]:
    """Fill the folder with what the tools run; their judges by name, pyperf's if it is installed.

    A judge measures a pair of which one is slowed by a share, and says slower, faster or same.
    """
    for name, content in {**FILES, ARTIFACT: json.dumps(asdict(artifact))}.items():
        (folder / name).write_text(content)
    others = Others(folder=folder)
    judges: dict[str, Judge] = {f"pytest-benchmark, {RULE}": others.pytest_benchmark}
    if importlib.util.find_spec("pyperf"):
        return {**judges, "pyperf --fast, compare_to": others.pyperf}
    sys.stderr.write("pyperf is left out: it is not installed; pip install pyperf\n")
    return judges
