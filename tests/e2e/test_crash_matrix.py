"""A process dies at points all over a job, and the same command again finishes it.

`python -m tests.crashing` is the whole matrix; what is here takes some of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="forks, and waits as on Linux"
)

EVERY = os.environ.get("MVPIPE_CRASH_EVERY", "11")
ROOT = Path(__file__).parents[2]


def crashed(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.crashing", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_client_that_dies_anywhere_is_followed_by_one_that_sends_nothing_twice() -> None:
    done = crashed("--backend", "nemo", "--sample", "8", "--seed", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("nemo") == 1


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("backend", ["local", "nemo"])
def test_wherever_and_however_a_process_dies_the_next_one_finishes(
    backend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    done = crashed("--backend", backend, "--every", EVERY, "--twice", "10")
    with capsys.disabled():
        sys.stdout.write(f"\n{done.stdout}")
    assert done.returncode == 0, done.stdout + done.stderr
