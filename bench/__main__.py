"""python -m bench: what is there beside measuring with pytest."""

from __future__ import annotations

import sys

from bench.cli import main

sys.exit(main(sys.argv[1:]))
