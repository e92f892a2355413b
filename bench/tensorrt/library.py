"""Which TensorRT there is, and what tells its versions apart: TensorRT 10.1 to 11, TensorRT-RTX.

What a version has is asked of the module itself, name by name, never of its version number.
"""

from __future__ import annotations

import importlib
from functools import cache
from importlib.util import find_spec
from typing import Any

from bench.workers.session import EngineError, Unavailable, short_reason

# Each with the dependency group that it is in; the first that is installed is taken.
NAMES = {"tensorrt": "tensorrt", "tensorrt_rtx_bindings": "tensorrt-rtx"}
MOST_ERRORS = 3  # of the library's own lines, in one message


def name() -> str:
    """The module that is installed; without any, the one that is best known."""
    return next((each for each in NAMES if find_spec(each)), next(iter(NAMES)))


def module() -> Any:  # noqa: ANN401 - the library is untyped
    """The library itself, imported now; Unavailable as `imported`."""
    return imported(name())


def imported(which: str) -> Any:  # noqa: ANN401 - the library is untyped
    """One of NAMES, imported now.

    Raises:
        Unavailable: it is not there, or what it loads is not.
    """
    try:
        return importlib.import_module(which)
    except (ImportError, OSError) as error:  # OSError is ctypes' of a file that cannot be loaded
        advice = f"install the dependency group {NAMES[which]} anew"
        msg = f"{which} cannot be imported; {advice} ({short_reason(error)})"
        raise Unavailable(msg) from error


def title(trt: Any) -> str:  # noqa: ANN401 - the library is untyped
    """Such as "TensorRT 10.13.0" or "TensorRT-RTX 1.7.1"."""
    return f"{'TensorRT-RTX' if builds_without_device(trt) else 'TensorRT'} {trt.__version__}"


def made(trt: Any, kind: str) -> Any:  # noqa: ANN401 - the library is untyped
    """A Builder or a Runtime.

    Raises:
        EngineError: CUDA cannot start. The library's binding raises a TypeError, "factory function
            returned nullptr", and the reason goes to the log.
    """
    own = log(trt)
    try:
        return getattr(trt, kind)(own)
    except TypeError as error:
        msg = f"{title(trt)} cannot start: {own.taken()}"
        raise EngineError(msg) from error


def builds_without_device(trt: Any) -> bool:  # noqa: ANN401 - the library is untyped
    """Whether plans are compiled for any GPU here, and for the one at hand when they are loaded.

    That is TensorRT-RTX, which alone has a cache for what loading compiles.
    """
    return hasattr(trt, "IRuntimeCache")


@cache
def log(trt: Any) -> Any:  # noqa: ANN401 - the library is untyped
    """The one logger of this process: TensorRT keeps its first and ignores all others.

    It collects errors instead of writing them to the terminal.
    """

    class Log(trt.ILogger):  # type: ignore[misc] # the library is untyped
        """Keeps the text of errors."""

        def __init__(self) -> None:
            trt.ILogger.__init__(self)  # without it the binding has no object to call back
            self.errors: list[str] = []

        def log(self, severity: Any, message: str) -> None:  # noqa: ANN401
            """Called by the library."""
            if severity in {trt.ILogger.INTERNAL_ERROR, trt.ILogger.ERROR}:
                self.errors.append(message)

        def taken(self) -> str:
            """The errors since they were last taken, in one line."""
            text = "; ".join(self.errors[:MOST_ERRORS])
            self.errors.clear()
            return text or "it gave no reason"

    return Log()
