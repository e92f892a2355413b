"""The executable that a path to an interpreter or to a virtual environment means."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from bench.options import OptionError


def executable(given: str) -> str:
    """Its absolute path, not resolved: the link's own place is what makes a virtual environment.

    Raises:
        OptionError: there is none.
    """
    path = Path(given).expanduser()
    if path.is_dir():
        inside = path / "bin" / "python"
        if not os.access(inside, os.X_OK):
            msg = f"--python {given}: is a folder without bin/python; name a virtual environment"
            raise OptionError(msg)
        return str(inside.absolute())
    found = shutil.which(given) if path.parent == Path() else shutil.which(path)
    if found is None:
        msg = f"--python {given}: no such program; name an interpreter or a virtual environment"
        raise OptionError(msg)
    return str(Path(found).absolute())
