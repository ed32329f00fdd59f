"""`python -m mvpipe`: the same as the `mvpipe` command."""

from __future__ import annotations

from mvpipe.cli.main import entry

if __name__ == "__main__":
    entry()
