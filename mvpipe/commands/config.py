"""`mvpipe config`: the resolved jobs and settings, with the origin of every value."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from mvpipe.commands import parts
from mvpipe.commands.found import found_in
from mvpipe.commands.jobs import options_of
from mvpipe.commands.named import Named, named, require_known
from mvpipe.commands.options import Choice
from mvpipe.errors import Exit, SpecError
from mvpipe.model.backend import BackendName
from mvpipe.model.place import Finding
from mvpipe.protocol.wire import API_BASE, ENV_API_URL, ENV_CLIENT_ID, ENV_TOKEN
from mvpipe.report.config import ResolvedJob, Setting, config_json, config_text
from mvpipe.report.streams import Streams
from mvpipe.settings import VARIABLES, Settings
from mvpipe.spec.load import Loaded, read_file
from mvpipe.spec.origins import values_of

HIDDEN = "***"


def config(
    given: Sequence[str], choice: Choice, streams: Streams, *, folder: Path, as_json: bool
) -> Exit:
    """Show what the jobs come to and who said so. Reads job files, and nothing else.

    Secrets are not shown. Safe to repeat.
    """
    wanted = named(given) if given else tuple(Named(path) for path in found_in(folder))
    loaded = _loaded(dict.fromkeys(one.file for one in wanted), choice)
    require_known(wanted, [job for one in loaded.values() for job in one.jobs])
    jobs = [one for name in wanted for one in _resolved(name, loaded[name.file])]
    cloud = any(job.backend is BackendName.NEMO for one in loaded.values() for job in one.jobs)
    settings = [*_settings(parts.settings(), os.environ)]
    settings += _cloud(os.environ) if cloud else ()
    streams.result((config_json if as_json else config_text)(jobs, settings))
    return Exit.DONE


def _loaded(files: Iterable[Path], choice: Choice) -> dict[Path, Loaded]:
    """Return what every file holds; raises one SpecError with the findings of all of them."""
    options = options_of(choice)
    found: dict[Path, Loaded] = {}
    findings: list[Finding] = []
    for path in files:
        try:
            found[path] = read_file(path, options=options)
        except SpecError as error:
            findings += error.findings
    if findings:
        raise SpecError(findings)
    return found


def _resolved(wanted: Named, loaded: Loaded) -> Iterator[ResolvedJob]:
    for job, values in zip(loaded.jobs, values_of(loaded), strict=True):
        if wanted.means(job.name):
            yield ResolvedJob(job.name, job.source, values)


def _settings(settings: Settings, environ: Mapping[str, str]) -> Iterator[Setting]:
    values: Mapping[str, str | int] = {
        "workers": settings.workers,
        "state_dir": str(settings.state_dir),
        "cache_dir": str(settings.cache_dir),
        "progress": settings.progress.value,
    }
    for name, value in values.items():
        yield Setting(name, value, _giver(VARIABLES[name], environ))


def _cloud(environ: Mapping[str, str]) -> Iterator[Setting]:
    """Yield what the cloud is reached with: of secrets, whether they are there."""
    url = environ.get(ENV_API_URL) or API_BASE
    # a password in an address is refused later; here it is not even shown
    shown = HIDDEN if set(url) & set("@?#") else url
    yield Setting("api_url", shown, _giver(ENV_API_URL, environ))
    for name, variable in (("token", ENV_TOKEN), ("client_id", ENV_CLIENT_ID)):
        there = HIDDEN if environ.get(variable) else "not given"
        yield Setting(name, there, _giver(variable, environ))


def _giver(variable: str, environ: Mapping[str, str]) -> str:
    return variable if environ.get(variable) else "default"
