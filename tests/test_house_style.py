from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = ("bench", "models", "scenarios", "results")
SOURCES = sorted(
    [file for folder in (*CODE, "tests") for file in (ROOT / folder).rglob("*.py")]
    + [ROOT / "conftest.py"]
)

FILE_LINES = 300
FUNCTION_LINES = 40
SWALLOWING = {"Exception", "BaseException"}


def problems(path: str, source: str) -> list[str]:
    """The rules that a file breaks, by the line where it does."""
    tree = ast.parse(source)
    lines = len(source.splitlines())
    found = [f"{lines} lines; allowed are {FILE_LINES}"] if lines > FILE_LINES else []
    if not path.startswith("tests/") and not _opens_with_a_sentence(tree):
        found.append("opens with no sentence that says what the file is for")
    for node in ast.walk(tree):
        found += [f"line {getattr(node, 'lineno', 0)}: {problem}" for problem in _wrong(path, node)]
    return found


def _opens_with_a_sentence(tree: ast.Module) -> bool:
    first = (ast.get_docstring(tree) or "").partition("\n")[0]
    return first.endswith((".", "?"))


def _wrong(path: str, node: ast.AST) -> list[str]:
    """The rules that one node breaks."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        lines = (node.end_lineno or 0) - node.lineno + 1
        return [f"{node.name} has {lines} lines"] if lines > FUNCTION_LINES else []
    if isinstance(node, ast.ExceptHandler):
        return _swallowed(node)
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        if name == "print":
            return ["print(); write to sys.stdout or a console"]
        if name.endswith("suppress") and {ast.unparse(arg) for arg in node.args} & SWALLOWING:
            return ["suppress(Exception) hides every mistake"]
    if path.startswith("bench/") and _reads_the_wall_clock(node):
        return ["time.time jumps when the clock is set; measure with perf_counter"]
    return []


def _swallowed(node: ast.ExceptHandler) -> list[str]:
    if node.type is None:
        return ["bare except"]
    names = {ast.unparse(part) for part in getattr(node.type, "elts", [node.type])}
    silent = all(
        isinstance(step, ast.Pass | ast.Continue)
        or (isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant))
        for step in node.body
    )
    return ["except Exception: pass hides every mistake"] if silent and names & SWALLOWING else []


def _reads_the_wall_clock(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom) and node.module == "time":
        return any(alias.name in {"time", "time_ns"} for alias in node.names)
    return isinstance(node, ast.Attribute) and ast.unparse(node) in {"time.time", "time.time_ns"}


def test_the_walk_finds_the_files() -> None:
    found = {file.relative_to(ROOT).parts[0] for file in SOURCES}
    assert found == {*CODE, "tests", "conftest.py"}


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_keeps_the_house_style(file: Path) -> None:
    path = file.relative_to(ROOT).as_posix()
    assert problems(path, file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        pytest.param("x = 1\n" * FILE_LINES, f"{FILE_LINES + 1} lines", id="long_file"),
        pytest.param(
            "def f():\n" + "    x = 1\n" * FUNCTION_LINES,
            "line 2: f has 41 lines",
            id="long_function",
        ),
        pytest.param("print('x')", "line 2: print()", id="print"),
        pytest.param("try:\n    f()\nexcept:\n    g()", "line 4: bare except", id="bare_except"),
        pytest.param(
            "try:\n    f()\nexcept (OSError, Exception):\n    pass",
            "hides every mistake",
            id="pass",
        ),
        pytest.param("with contextlib.suppress(Exception):\n    f()", "suppress", id="suppress"),
        pytest.param("start_s = time.time()", "line 2: time.time jumps", id="wall_clock"),
        pytest.param("clock = time.time_ns", "line 2: time.time jumps", id="wall_clock_unread"),
        pytest.param("from time import time", "line 2: time.time jumps", id="wall_clock_import"),
    ],
)
def test_a_breach_is_seen(source: str, problem: str) -> None:
    (found,) = problems("bench/x.py", f'"""A file."""\n{source}')
    assert problem in found


@pytest.mark.parametrize("source", ["x = 1", '"""no sentence"""', ""])
def test_a_file_that_does_not_say_what_it_is_for_is_seen(source: str) -> None:
    assert problems("bench/x.py", source) == [
        "opens with no sentence that says what the file is for"
    ]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("tests/test_x.py", "x = 1"),
        ("results/x.py", '"""A file."""\nsaved_s = time.time()'),
        ("bench/x.py", '"""A file."""\nstart_s = time.perf_counter()'),
        ("bench/x.py", '"""A file."""\ntry:\n    f()\nexcept OSError:\n    pass'),
        ("bench/x.py", '"""A file."""\ntry:\n    f()\nexcept Exception as e:\n    report(e)'),
    ],
)
def test_what_is_allowed_is_let_through(path: str, source: str) -> None:
    assert problems(path, source) == []
