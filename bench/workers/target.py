"""What a session is loaded for: precision, device, batch size and threads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The part of a case that an engine has to know."""

    precision: str  # "fp32" is IEEE single precision: no TF32, no bf16 inside
    device: str  # "cpu" or "cuda:0"
    batch_size: int
    threads: int
