"""What three tools say of identical code, and of a 5 % slowdown, on one workload in one run.

Run from the repository's root: python docs/evidence/other_tools.py --pairs 40

The workload is one inference of the default scenario's dense network on ONNX Runtime at batch size
1, from the artifact that the suite prepares; what is slowed spins for a share of each call. The
tools take turns, pair by pair, so that each sees the same hours of the same machine, and each
judges by a rule of its own:

- pytest-benchmark: one run saved, one compared with --benchmark-compare-fail=mean:5%. It can say
  "regressed" and nothing else: what looks faster is never an alarm.
- pyperf: two files made with --fast, and what python -m pyperf compare_to says of them. It is left
  out where pyperf is not installed.
- this suite: a pair of python -m bench selfcheck, at its default margin.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from one_inference import ARTIFACT, ENGINE, SHARE
from tabulate import tabulate

from bench import options, progress, selfcheck
from bench.cli import MARGIN
from bench.environment import environment
from bench.machine import this_machine
from bench.preparing import prepare_all
from results.verdict import verdicts

if TYPE_CHECKING:
    from bench.artifact import Artifact
    from bench.case import Case
    from bench.machine import Machine

ROOT = Path(__file__).resolve().parents[2]
PAIRS = 10
IDENTICAL, SLOWDOWN = 0.0, 0.05
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


@dataclass(slots=True, kw_only=True)
class Tool:
    """A tool, and what it said so far."""

    name: str
    judge: Judge
    of_identical: list[str] = field(default_factory=list)
    of_slowed: list[str] = field(default_factory=list)
    spent_s: float = 0.0

    def measure(self, slowdown: float) -> None:
        """One more pair."""
        started_s = time.perf_counter()
        said = self.judge(slowdown)
        self.spent_s += time.perf_counter() - started_s
        (self.of_slowed if slowdown else self.of_identical).append(said)

    def cells(self) -> list[str]:
        """Its line of the table."""
        pairs = len(self.of_identical) + len(self.of_slowed)
        changed = sum(said != "same" for said in self.of_identical)
        return [
            self.name,
            f"{self.spent_s / pairs:.1f}",
            f"{changed} of {len(self.of_identical)}",
            f"{self.of_slowed.count('slower')} of {len(self.of_slowed)}",
        ]


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


def ours(case: Case, artifact: Artifact, machine: Machine) -> Judge:
    """What a pair of the self-check says."""

    def judge(slowdown: float) -> str:
        ratio = selfcheck.pair(case, slowdown, artifact, machine).ratio
        name = verdicts([ratio], MARGIN)[0].name
        return name if name in ("slower", "faster") else "same"

    return judge


def main() -> None:
    """Measure pair by pair, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=PAIRS, help="of each kind (%(default)s)")
    pairs = parser.parse_args().pairs
    if pairs < 1:
        parser.error("--pairs must be 1 or more")
    with this_machine() as machine, tempfile.TemporaryDirectory() as folder:
        case, artifact = _prepared(machine)
        tools = [*_others(Path(folder), artifact)]
        tools += [Tool(name="python -m bench selfcheck", judge=ours(case, artifact, machine))]
        _measure(tools, pairs)
    headers = ("tool", "seconds a pair", "identical called changed", "5 % slowdowns found")
    table = tabulate([tool.cells() for tool in tools], headers, disable_numparse=True)
    sys.stdout.write(f"{case.id} on {environment()['machine']}\n\n{table}\n")


def _prepared(machine: Machine) -> tuple[Case, Artifact]:
    asked = options.Options(
        scenarios=("digits-cnn",), cases=(f"*+dense/{ENGINE}-fp32/b1",), device="cpu"
    )
    (case,) = options.selected_cases(asked)
    prepared = prepare_all([case], machine, lambda _what, _share: None)[case.id]
    if prepared.artifact is None:
        raise ToolError(prepared.reason)
    return case, prepared.artifact


def _others(folder: Path, artifact: Artifact) -> list[Tool]:
    for name, content in {**FILES, ARTIFACT: json.dumps(asdict(artifact))}.items():
        (folder / name).write_text(content)
    others = Others(folder=folder)
    tools = [Tool(name=f"pytest-benchmark, {RULE}", judge=others.pytest_benchmark)]
    if importlib.util.find_spec("pyperf"):
        return [*tools, Tool(name="pyperf --fast, compare_to", judge=others.pyperf)]
    sys.stderr.write("pyperf is left out: it is not installed; pip install pyperf\n")
    return tools


def _measure(tools: list[Tool], pairs: int) -> None:
    shares = (IDENTICAL, SLOWDOWN)
    todo = [(share, tool) for _ in range(pairs) for share in shares for tool in tools]
    sink = progress.sink(sys.stderr)
    try:
        for index, (share, tool) in enumerate(todo):
            sink.show(index / len(todo), f"{tool.name}, {share:.0%} slower")
            tool.measure(share)
    finally:
        sink.close()


if __name__ == "__main__":
    main()
