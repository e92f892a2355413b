"""What an engine gives a worker: a loaded model that can be called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Batch = Mapping[str, NDArray[Any]]  # input name to array, batch axis included
    Call = Callable[[], object]


class Unavailable(Exception):  # noqa: N818 - not an error: the case is skipped with this reason
    """The engine cannot do this here; the case is skipped and the text is its reason."""


class EngineError(RuntimeError):
    """The engine did something else than it was asked for; the text says what."""


class Session(Protocol):
    """A model loaded by an engine at one batch size.

    It may also have these, which are looked for by name:
    - `stopwatch`: a bench.device.stopwatch.Stopwatch of the stream that its calls are queued on;
      with one, blocks are timed by the device's clock. None or absent: by the wall clock.
    - `own_batches`: True if each call fetches a batch of its own, whatever was bound.
    - `memory_bytes`: what the engine says that it takes of the device's memory, in bytes, by the
      names of bench.meters.device_memory's metrics (such as "engine_scratch_bytes").
    """

    @property
    def asynchronous(self) -> bool:
        """Whether a call may return before its result is there."""
        ...

    @property
    def facts(self) -> Mapping[str, str]:
        """What was read back from the engine: provider, precision, threads, boundary.

        Read after the first inference, so that reading is in no time that is measured.
        """
        ...

    def bind(self, batch: Batch) -> Call:
        """A call without arguments that does one inference of this batch.

        Conversion and copies that the boundary in `facts` excludes happen here.
        """
        ...

    def outputs(self, batch: Batch) -> list[NDArray[Any]]:
        """The outputs for this batch, in the model's order, as host arrays."""
        ...

    def synchronize(self) -> None:
        """Return when everything that was called is done."""
        ...


LONGEST_REASON = 300  # characters: enough for a cause, short enough for a footnote


def short_reason(error: BaseException) -> str:
    """What an exception says, short enough for a table.

    Lines that only say where in its own sources a library raised are left out.
    """
    lines = [line.strip() for line in str(error).splitlines()]
    telling = [line for line in lines if line and not line.startswith("Exception from src/")]
    return " ".join(telling)[:LONGEST_REASON] or "no message"
