"""Whether others use a GPU, asked while nothing of ours runs: this also sees into containers.

NVML lists processes by the host's numbers, and in a container often none, so memory in use and the
share of time that a kernel ran are asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.device.nvml import told

if TYPE_CHECKING:
    from bench.device.nvml import Gpu

BUSY = 0.05  # of the time: what a desktop or a monitor takes is less
FULL_BYTES = 2e9  # what the driver takes itself is a few hundred megabytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Memory and time that are not ours."""

    used_bytes: int | None  # the driver's own are among them; None: not told
    share: float | None  # of the last sampling period in which a kernel ran; None: not told

    @property
    def is_shared(self) -> bool:
        """Whether others will be felt, known by time or, while they idle, by memory."""
        is_busy = self.share is not None and self.share > BUSY
        return is_busy or (self.used_bytes is not None and self.used_bytes > FULL_BYTES)

    def __str__(self) -> str:
        """Such as "0% of the time, 0.6 GB"."""
        share = "an unknown share" if self.share is None else f"{self.share:.0%}"
        used = "an unknown amount" if self.used_bytes is None else f"{self.used_bytes / 1e9:.1f} GB"
        return f"{share} of the time, {used}"


def in_use(gpu: Gpu) -> Use:
    """What is in use now."""
    return Use(used_bytes=told(gpu.used_bytes), share=told(gpu.utilisation))
