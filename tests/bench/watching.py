"""What looking costs in a folder of 100,000 songs, and whether all of a burst are found.

`python -m tests.bench.watching [--files N] [--new N] [--burst N] [--pairs N] [--within DIR]`:
the scan against watchdog's polling snapshot, in turn; how many scans find new songs; what
memory either takes in a process of its own; and a process that makes files as fast as it can
while another one, woken by events, looks. `--within` chooses the disk.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from watchdog.utils.dirsnapshot import DirectorySnapshot, DirectorySnapshotDiff

from mvpipe.watch.scan import Scanner, rest_s
from mvpipe.watch.wake import Waker

LEAST_RATIO = 8.0
MOST_SCANS = 2
PER_FOLDER = 100
PATIENCE_S = 120.0


def fill(inbox: Path, names: Sequence[str]) -> None:
    """Make files of these names, and their folders."""
    for folder in {Path(name).parent for name in names}:
        (inbox / folder).mkdir(parents=True, exist_ok=True)
    for name in names:
        (inbox / name).touch()


def old_names(count: int) -> list[str]:
    """Return the names of an archive: a hundred songs an album."""
    return [
        f"album {n // PER_FOLDER:04d}/{n % PER_FOLDER:02d} a song.mp3" for n in range(count)
    ]


def new_names(count: int) -> list[str]:
    """Return names of new songs, in old albums and new ones."""
    return [f"album {n * 3:04d}/new {n}.mp3" for n in range(count)]


def compare(inbox: Path, *, pairs: int) -> None:
    """Print what a scan takes beside watchdog's polling snapshot, and what telling changes."""
    look = Scanner(inbox, clock=time.perf_counter)
    print(f"{look.scan().files} files, first scan included")
    before = DirectorySnapshot(str(inbox))
    scans, snapshots, diffs = [], [], []
    for _ in range(pairs):
        scans.append(look.scan().seconds)
        began = time.perf_counter()
        after = DirectorySnapshot(str(inbox))
        middle = time.perf_counter()
        DirectorySnapshotDiff(before, after)
        diffs.append(time.perf_counter() - middle)
        snapshots.append(middle - began)
        before = after
    told("a scan, changes told", scans)
    told("watchdog's snapshot", snapshots)
    told("watchdog's difference", diffs)
    ratios = [theirs / ours for theirs, ours in zip(snapshots, scans, strict=True)]
    shown = f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"
    print(f"  {'snapshot over scan':<24}{shown}, at least {LEAST_RATIO:.0f}")


def told(name: str, seconds: Sequence[float]) -> None:
    """Print the median of some calls."""
    print(f"  {name:<24}{1000 * statistics.median(seconds):7.1f} ms")


def find_new(inbox: Path, *, count: int) -> None:
    """Print how many scans it takes to find songs that are put between old ones."""
    look = Scanner(inbox, clock=time.perf_counter)
    look.scan()
    names = new_names(count)
    adding = threading.Thread(target=fill, args=(inbox, names))
    adding.start()
    found = set(look.scan().fresh)  # while they come
    adding.join()
    scans = 1
    while found != set(names) and scans <= MOST_SCANS:
        found |= set(look.scan().fresh)
        scans += 1
    print(f"{len(found)} of {count} new songs are found in {scans} scans, at most {MOST_SCANS}")


def memory(inbox: Path) -> None:
    """Print what a process of its own takes that scans, and one that takes snapshots."""
    for who, name in (("scan", "memory, ours"), ("snapshot", "memory, watchdog's")):
        command = [sys.executable, "-m", "tests.bench.watching", "--child", who, str(inbox)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        idle, most = json.loads(done.stdout)
        print(f"  {name:<24}{most:7.1f} MB at most, {most - idle:.1f} of it for the files")


def child(who: str, inbox: Path) -> None:
    """Look ten times and print the MB that this took, before and at most."""
    idle, look = resident("VmRSS"), Scanner(inbox, clock=time.perf_counter)
    before = DirectorySnapshot(str(inbox)) if who == "snapshot" else None
    for _ in range(10):
        if before is None:
            look.scan()
            continue
        after = DirectorySnapshot(str(inbox))
        DirectorySnapshotDiff(before, after)
        before = after
    print(json.dumps([idle, resident("VmHWM")]))


def resident(which: str) -> float:
    """Return what Linux says of this process's memory, in MB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{which}:"):
            return int(line.split()[1]) / 1024
    return 0.0


def look_until(
    inbox: Path, count: int, *, patience_s: float = PATIENCE_S
) -> tuple[int, int, int]:
    """Look as a watcher does until so many files were found; return files, scans, wakes."""
    flag = threading.Event()
    waker = Waker(inbox, clock=time.monotonic, sleep=time.sleep, flag=flag)
    look, until = Scanner(inbox, clock=time.monotonic), time.monotonic() + patience_s
    found, scans, wakes = set[str](), 0, 0
    try:
        while len(found) < count and time.monotonic() < until:
            waker.tend()
            seen = look.scan()
            scans += 1
            found |= set(seen.fresh)
            pause_s = rest_s(seen.seconds, floor_s=waker.floor_s)
            wakes += waker.rest(scan_s=seen.seconds, most_s=pause_s, stopping=lambda: False)
    finally:
        waker.close()
    return len(found), scans, wakes


def burst(inbox: Path, *, count: int) -> None:
    """Print how many are found of the files that another process makes all at once."""
    inbox.mkdir()
    script = (
        "import os, sys\n"
        "for n in range(int(sys.argv[2])):\n"
        "    os.close(os.open(f'{sys.argv[1]}/{n}.mp3', os.O_CREAT | os.O_WRONLY))\n"
    )
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", script, str(inbox), str(count)]):
        found, scans, wakes = look_until(inbox, count)
    seconds = time.perf_counter() - began
    how = f"{scans} scans, {wakes} of them woken, {seconds:.1f} s"
    print(f"{found} of {count} files of a burst are found ({how})")


def main() -> None:
    """Prepare, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--new", type=int, default=1000)
    parser.add_argument("--burst", type=int, default=60_000)
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--within", type=Path)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.child[0], Path(given.child[1]))
        return
    with tempfile.TemporaryDirectory(prefix="mvpipe-watching-", dir=given.within) as made:
        inbox = Path(made) / "in"
        fill(inbox, old_names(given.files))
        compare(inbox, pairs=given.pairs)
        memory(inbox)
        find_new(inbox, count=given.new)
        burst(Path(made) / "burst", count=given.burst)


if __name__ == "__main__":
    main()
