"""Keeps a process fit to be forked: the CUDA driver, once asked, answers none of its children.

Torch counts GPUs by NVML, but asks the driver where CUDA_VISIBLE_DEVICES names a part of one.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VISIBLE = "CUDA_VISIBLE_DEVICES"


@contextmanager
def parts_hidden() -> Iterator[None]:
    """Where parts of a GPU are to be used (MIG), none is seen inside.

    The driver reads the variable when it is first asked, by a child.
    """
    named = os.environ.get(VISIBLE, "")
    if not named.startswith("MIG-"):
        yield
        return
    os.environ[VISIBLE] = ""
    try:
        yield
    finally:
        os.environ[VISIBLE] = named
