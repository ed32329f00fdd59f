"""Where the JSON Schemas are: inside the wheel, or in the repository's `schemas/` folder."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).parent.parent


def job_schema_text() -> str:
    """Return the text of the schema of job files. Safe to repeat."""
    return _schema("job.schema.json").read_text(encoding="utf-8")


@cache
def job_schema() -> dict[str, Any]:
    """Return the schema of job files, in which any value that allows it may be a template."""
    schema: dict[str, Any] = json.loads(job_schema_text())
    return schema


@cache
def expanded_job_schema() -> dict[str, Any]:
    """Return the schema of job files after expansion, when no template stands for a value."""
    definitions = job_schema()["definitions"] | {"template": False}
    return job_schema() | {"definitions": definitions}


def named_schema(name: str) -> dict[str, Any]:
    """Return the schema in a file of that name. Safe to repeat."""
    schema: dict[str, Any] = json.loads(_schema(name).read_text(encoding="utf-8"))
    return schema


def _schema(name: str) -> Path:
    # An editable install has no copy in the package; importlib.resources would cost 5 ms here.
    shipped = _PACKAGE / "schemas" / name
    return shipped if shipped.is_file() else _PACKAGE.parent / "schemas" / name
