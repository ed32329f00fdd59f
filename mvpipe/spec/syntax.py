"""What PyYAML says of broken YAML, in words that say what to do."""

from __future__ import annotations

# Each row: a piece of PyYAML's or libyaml's message, what is wrong, what to do.
ROWS: tuple[tuple[str, str, str], ...] = (
    ("mapping values are not allowed", "there is a second ': ' in this line",
     "quote the text, or begin a new line"),
    ("node content", "a value is missing here", "write one"),
    ("undefined alias", "no anchor of that name is set before this line",
     "write '&name' at the value that is meant"),
    ("duplicate anchor", "an anchor of that name is set already", "give it another name"),
    ("unknown escape", "inside double quotes a backslash begins an escape, and this is none",
     "use single quotes, or write two backslashes"),
    ("expected '-'", "a list goes on above and a key stands here", "indent one of the two"),
    ("'-' indicator", "a list goes on above and a key stands here", "indent one of the two"),
    ("block mapping", "this line is not indented like the lines around it",
     "line it up with them"),
    ("block collection", "this line is not indented like the lines around it",
     "line it up with them"),
    ("block end", "this line is not indented like the lines around it",
     "line it up with them"),
)  # fmt: skip
# The same for what is best shown where it began.
BEGUN: tuple[tuple[str, str, str], ...] = (
    ("flow mapping", "this '{' is not closed properly", "look for a missing '}' or ','"),
    ("flow sequence", "this '[' is not closed properly", "look for a missing ']' or ','"),
    ("quoted scalar", "the quoted text that begins here never ends", "add the closing quote"),
    ("expected ':'", "this line is neither 'key: value' nor part of the text above",
     "add ': ' after the key, or indent the line"),
)  # fmt: skip


def explain(message: str, *, character: str) -> tuple[str, str, bool]:
    """Return what is wrong, what to do, and whether it shows best where the construct began.

    `message` is PyYAML's, `character` what stands at its place, or nothing at the end.
    """
    if "cannot start any token" in message:
        return *_reserved(character), False
    for rows, begun in ((ROWS[:5], False), (BEGUN, True), (ROWS[5:], False)):
        for piece, wrong, remedy in rows:
            if piece in message:
                return wrong, remedy, begun
    problem = f"this is not readable as YAML ({message})"
    return problem, "check quotes and indentation", False


def _reserved(character: str) -> tuple[str, str]:
    if character == "\t":
        return "a tab stands where spaces belong", "indent with spaces"
    return f"no text can begin with '{character}'", "put the text in quotes"
