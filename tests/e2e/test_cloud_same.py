"""The examples, unchanged, here and on a server in another process: the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.e2e.cli import Ended
from tests.e2e.clouds import TOKEN, Cloud, cloud, own_folders, ran, write_examples

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

WORKFLOWS = {
    "first-light": 1,
    "minimal": 1,
    "batch": 2,
    "iteration": 3,
    "matrix": 4,
    "pictures": 2,
}
"""Each example and how many videos it makes: quick ones, several songs, refinement."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with cloud(tmp_path_factory.mktemp("service"), "-j", "2") as found:
        yield found


def videos(folder: Path) -> dict[str, str]:
    """Return the digest of every video that was made, by its place."""
    made = sorted((folder / "out").rglob("*.mp4"))
    digests = [sha256(path.read_bytes()).hexdigest() for path in made]
    return {
        path.relative_to(folder).as_posix(): d for path, d in zip(made, digests, strict=True)
    }


def made(folder: Path, example: str, *arguments: str, environ: dict[str, str]) -> Ended:
    """Run one example as a draft, with nothing left from any run before."""
    write_examples(folder)
    job = f"examples/{example}.mvpipe.yaml"
    return ran(
        folder, "run", "--draft", *arguments, job, environ={**own_folders(folder), **environ}
    )


@pytest.mark.parametrize("example", WORKFLOWS)
def test_an_example_gives_the_same_bytes_on_both_backends(
    example: str, service: Cloud, tmp_path: Path
) -> None:
    here = made(tmp_path / "here", example, environ={})
    there = made(tmp_path / "there", example, "--backend", "nemo", environ=service.environ)
    assert (here.code, there.code) == (0, 0), there.err
    assert there.out == here.out
    local, remote = videos(tmp_path / "here"), videos(tmp_path / "there")
    assert len(local) == WORKFLOWS[example]
    assert remote == local
    assert TOKEN not in there.out + there.err
