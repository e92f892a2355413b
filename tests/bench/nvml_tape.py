"""What NVML was asked and what it answered, as a file: written on a GPU, replayed without one.

A recording is JSON: `made` says by whom and on what, `calls` holds for each function and arguments
the answers in their order. The last answer is repeated. A handle is {"handle": "h0"}, a structure
the object of its fields, an error {"error": NUMBER}.
"""

from __future__ import annotations

import ctypes
import json
from typing import TYPE_CHECKING, Any

import pynvml

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


NOT_FOUND = {"error": pynvml.NVML_ERROR_FUNCTION_NOT_FOUND}  # of a function the driver has not


class Handle:
    """A device's handle in a replay."""

    def __init__(self, name: str) -> None:
        self.name = name


class Structure:
    """A structure of NVML in a replay: its fields and nothing else."""

    def __init__(self, fields: dict[str, Any]) -> None:
        vars(self).update(fields)


def is_function(name: str) -> bool:
    return name.startswith("nvml") and callable(getattr(pynvml, name, None))


def is_unversioned(name: str) -> bool:
    """Whether pynvml calls the newest version, and raises no NVMLError where there is none."""
    code = getattr(getattr(pynvml, name), "__code__", None)
    return code is not None and "NVMLLibraryMismatchError" in code.co_names


class Replay:
    """Like the module pynvml; asked for what is not on the tape, it fails the test."""

    def __init__(self, file: Path) -> None:
        document = json.loads(file.read_text())
        self.made: str = document["made"]
        self.asked: list[str] = []
        self._answers: dict[str, list[Any]] = {
            json.dumps([call["name"], call["arguments"]]): list(call["answers"])
            for call in document["calls"]
        }
        self._handles: dict[str, Handle] = {}

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - functions and constants
        real = getattr(pynvml, name)  # what pynvml lacks, this lacks
        return self._function(name) if is_function(name) else real

    def put(self, name: str, arguments: Sequence[Any], answers: Sequence[Any]) -> None:
        """Change what is on the tape, for one test."""
        self._answers[json.dumps([name, list(arguments)])] = list(answers)

    def _function(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:  # noqa: ANN401
            self.asked.append(name)
            key = json.dumps([name, [encoded(each, self._name_of) for each in arguments]])
            if key not in self._answers:
                msg = f"not in the recording: {key}"
                raise AssertionError(msg)
            answers = self._answers[key]
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if is_unversioned(name) and answer == NOT_FOUND:
                raise pynvml.NVMLLibraryMismatchError(name)
            return self._decoded(answer)

        return call

    def _name_of(self, handle: object) -> str | None:
        return handle.name if isinstance(handle, Handle) else None

    def _decoded(self, answer: Any) -> Any:  # noqa: ANN401
        match answer:
            case {"error": number}:
                raise pynvml.NVMLError(number)
            case {"handle": name}:
                return self._handles.setdefault(name, Handle(name))
            case dict():
                return Structure(answer)
            case list():
                return [self._decoded(each) for each in answer]
            case _:
                return answer


class Recorder:
    """Like the module pynvml, which it asks, and keeps what was asked and answered."""

    def __init__(self, library: Any) -> None:  # noqa: ANN401 - pynvml, or a replay of it
        self._library = library
        self._calls: dict[str, dict[str, Any]] = {}
        self._handles: list[object] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - functions and constants
        real = getattr(self._library, name)
        return self._function(name, real) if is_function(name) else real

    def _function(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:  # noqa: ANN401
            given = [encoded(each, self._name_of) for each in arguments]
            empty = {"name": name, "arguments": given, "answers": []}
            answers = self._calls.setdefault(json.dumps([name, given]), empty)["answers"]
            try:
                answer = real(*arguments)
            except pynvml.NVMLError as error:
                answers.append({"error": error.value})
                raise
            answers.append(encoded(answer, self._name_of))
            return answer

        return call

    def _name_of(self, value: object) -> str | None:
        """Handles have no equality: one device's is told by its address."""
        if isinstance(value, Handle):
            key: object = value.name
        elif isinstance(value, ctypes._Pointer):
            key = ctypes.cast(value, ctypes.c_void_p).value
        else:
            return None
        if key not in self._handles:
            self._handles.append(key)
        return f"h{self._handles.index(key)}"

    def save(self, file: Path, made: str) -> None:
        document = {"made": made, "calls": list(self._calls.values())}
        file.write_text(json.dumps(document, indent=1) + "\n")


def encoded(value: Any, name_of: Callable[[object], str | None]) -> Any:  # noqa: ANN401
    """A value as JSON."""
    if (name := name_of(value)) is not None:
        return {"handle": name}
    if isinstance(value, (ctypes.Structure, pynvml.nvmlFriendlyObject)):
        names = [each[0] for each in getattr(value, "_fields_", ())] or list(vars(value))
        return {name: getattr(value, name) for name in names}
    if isinstance(value, ctypes._SimpleCData):
        return value.value
    if isinstance(value, Structure):
        return dict(vars(value))
    if isinstance(value, list):
        return [encoded(each, name_of) for each in value]
    return value
