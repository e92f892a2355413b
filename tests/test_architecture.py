from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench import registry

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
FOLDERS = ("bench", "models", "scenarios", "results")
SOURCES = sorted(
    [file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")] + [ROOT / "conftest.py"]
)

# Which of our folders a folder may import, beside itself. bench and conftest.py see everything.
OURS = {
    "bench": {"scenarios", "models", "results"},
    "conftest": set(FOLDERS),
    "models": set[str](),
    "scenarios": set[str](),
    "results": set[str](),
}
# What a folder must not know, not even late, inside a function.
FORBIDDEN = {
    "bench": set[str](),
    "conftest": set[str](),
    "models": {"pytest", "pytest_benchmark"},
    "scenarios": {"torch", "numpy", "pytest"},
    "results": {"torch", "pytest", "pytest_benchmark"},
}
# Libraries of engines, and what only some machines have: imported where a function needs it.
LATE = {
    *(registry.engine(name).LIBRARY for name in registry.names("engines")),
    *("nncf", "onnx", "onnxscript", "pynvml", "tensorrt", "tensorrt_rtx_bindings", "torch_pruning"),
} - {"torch"}  # which networks are made of
FOR_TYPES_ONLY = {"TYPE_CHECKING", "typing.TYPE_CHECKING"}
# Files that may import one of them at their top, each with the reason.
EARLY_WITH_REASON: dict[str, str] = {}


def folder_of(file: Path) -> str:
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> Iterator[str]:
    """The top name of every import in the tree, also of import_module("name...")."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." if node.level else (node.module or "").partition(".")[0]
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
            yield from _literal_start(node)


def _called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _literal_start(node: ast.Call) -> Iterator[str]:
    first = node.args[0] if node.args else None
    if isinstance(first, ast.JoinedStr) and first.values:
        first = first.values[0]
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        yield first.value.partition(".")[0]


def at_import(tree: ast.Module) -> Iterator[str]:
    """The top names that importing the module imports: not in functions, not for types only."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) in FOR_TYPES_ONLY:
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Call):
            yield from imported(node)
        waiting += ast.iter_child_nodes(node)


def problems(folder: str, source: str) -> list[str]:
    """The rules that the source of a file in the folder breaks."""
    tree = ast.parse(source)
    names, early = set(imported(tree)), set(at_import(tree))
    return [
        *(f"{folder} must not import {name}" for name in sorted(names & FORBIDDEN[folder])),
        *(
            f"{folder} must not import our {name}"
            for name in sorted(names & set(FOLDERS) - OURS[folder] - {folder})
        ),
        *(f"import {name} late, inside the function" for name in sorted(early & LATE)),
        *("name the folder in the import" for name in names if name == "."),
    ]


def test_the_walk_finds_the_folders() -> None:
    assert {folder_of(file) for file in SOURCES} == {*FOLDERS, "conftest"}


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_imports_only_what_its_folder_may(file: Path) -> None:
    found = problems(folder_of(file), file.read_text(encoding="utf-8"))
    allowed = str(file.relative_to(ROOT)) in EARLY_WITH_REASON
    assert [problem for problem in found if not (allowed and "late" in problem)] == []


def test_every_exception_is_still_needed() -> None:
    for path in EARLY_WITH_REASON:
        assert LATE & set(at_import(ast.parse((ROOT / path).read_text(encoding="utf-8"))))


def test_one_file_uses_the_private_names_of_pytest_benchmark() -> None:
    names = {"_make_stats", "_benchmarksession"}  # for samples that were measured elsewhere
    using = [
        file.relative_to(ROOT).as_posix()
        for file in SOURCES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in names
    ]
    assert set(using) == {"bench/recorder.py"}


# Within results: what is stored, then what it says, then how that is shown and used. Numbers and
# sentences for people are written in one place, also those that a verdict has with it.
DATA = {"fields", "files", "gpu_state", "notes", "record", "searches", "store"}
FOR_PEOPLE = {"results.layout.report", "results.layout.remark"}


def imported_of_results(file: Path) -> Iterator[str]:
    """Full names of the modules of results that a file imports, also for types alone."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("results"):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                is_module = (ROOT / inner.replace(".", "/")).with_suffix(".py").exists()
                yield inner if is_module else str(node.module)


def test_what_is_stored_knows_nothing_of_what_is_made_of_it() -> None:
    for name in DATA:
        found = set(imported_of_results(ROOT / "results" / f"{name}.py"))
        assert {module.split(".")[1] for module in found} <= DATA, name


def test_verdicts_know_neither_tables_nor_commands() -> None:
    allowed = {"judging", *DATA}
    for file in (ROOT / "results" / "judging").glob("*.py"):
        found = set(imported_of_results(file)) - FOR_PEOPLE
        assert {module.split(".")[1] for module in found} <= allowed, file


@pytest.mark.parametrize(
    ("folder", "source", "problem"),
    [
        ("results", "import torch.nn", "results must not import torch"),
        ("results", "def f():\n    import pytest", "results must not import pytest"),
        ("scenarios", "from torch import nn", "scenarios must not import torch"),
        ("models", "from bench.case import Case", "models must not import our bench"),
        ("scenarios", "import_module('models.zoo')", "scenarios must not import our models"),
        ("models", "importlib.import_module(f'results.{x}')", "models must not import our results"),
        ("results", "from .record import Record", "name the folder in the import"),
        ("bench", "import openvino", "import openvino late, inside the function"),
        (
            "bench",
            "try:\n    import onnxruntime\nexcept ImportError:\n    pass",
            "onnxruntime late",
        ),
        ("bench", "class A:\n    from nncf import quantize", "import nncf late"),
        ("bench", "if x:\n    import pynvml", "import pynvml late"),
        ("bench", "torch_pruning = importlib.import_module('torch_pruning')", "torch_pruning late"),
        ("bench", "if not TYPE_CHECKING:\n    import tensorrt", "import tensorrt late"),
    ],
)
def test_a_forbidden_import_is_seen(folder: str, source: str, problem: str) -> None:
    (found,) = problems(folder, source)
    assert problem in found


@pytest.mark.parametrize(
    ("folder", "source"),
    [
        ("bench", "import scenarios, models, results, torch, pytest"),
        ("bench", "def f():\n    import openvino"),
        ("bench", "if TYPE_CHECKING:\n    import onnxruntime"),
        ("models", "import_module(f'models.zoo.{name}')"),
        ("models", "def f():\n    import_module('torch_pruning')"),
        ("scenarios", "from scenarios.section import shown"),
        ("results", "import scipy.stats"),
    ],
)
def test_an_allowed_import_is_let_through(folder: str, source: str) -> None:
    assert problems(folder, source) == []


COLLECT = """
import sys
import pytest
code = pytest.main(["bench/", "--collect-only", "-q"])
heavy = sorted({"torch", *sys.argv[1:]} & set(sys.modules))
sys.exit(f"exit code {code}" if code else ", ".join(heavy))
"""


def test_collecting_the_cases_imports_no_torch_and_no_engine() -> None:
    command = [sys.executable, "-c", COLLECT, *LATE]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.stderr.strip() == "", run.stdout
    assert "/b1" in run.stdout
