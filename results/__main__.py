"""The command line: `python -m results table|publish|list|compare|frontier|recommend|expect`."""

from __future__ import annotations

import sys

from results.cli import main

if __name__ == "__main__":
    sys.exit(main())
