"""The yardstick: a small fixed workload in every group, to compare nights of different speed.

It must never change: no library that is upgraded has a part in it, only the interpreter and
memory. If it has to, give it a new name, so that old runs are not compared by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.preparation.inputs import InputSet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.workers.session import Batch, Call

NAME = "yardstick-1"
STEPS = 2_000  # about 0.1 ms of integer arithmetic, the interpreter's share of a small inference
COPIED_BYTES = 1 << 20  # 1 MiB: beyond a first-level cache, as activations are
INPUTS = InputSet(arrays={}, batch_axes={}, labels=None, sha256="", kind="none")


class Yardstick:
    """A Session without a model: integer arithmetic in the interpreter, then a copy of memory."""

    asynchronous = False
    facts: dict[str, str] = {"provider": NAME}  # noqa: RUF012 - a constant that satisfies Session

    def bind(self, _batch: Batch) -> Call:
        """The workload; there is no input."""
        block = bytes(COPIED_BYTES)

        def call() -> bytearray:
            state = 1
            for _ in range(STEPS):
                state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            return bytearray(block)

        return call

    def outputs(self, _batch: Batch) -> list[NDArray[Any]]:
        """Nothing comes out."""
        return []

    def synchronize(self) -> None:
        """Nothing is left to wait for after a call."""
