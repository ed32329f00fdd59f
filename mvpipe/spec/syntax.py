"""What PyYAML says of broken YAML, in words that say what to do."""

from __future__ import annotations

# Each row: a piece of PyYAML's or libyaml's message, what is wrong, what to do.
ROWS: tuple[tuple[str, str, str], ...] = (
    ("mapping values are not allowed", "there is a second ': ' in this line",
     "quote the text, or begin a new line"),
    ("cannot start any token", "a character stands here that YAML reserves",
     "indent with spaces, never tabs, and quote text that begins with @, ` or %"),
    ("tab", "a tab stands where spaces belong", "indent with spaces"),
    ("expected ',' or '}'", "a '{' is opened and not closed properly", "add ',' or '}'"),
    ("expected ',' or ']'", "a '[' is opened and not closed properly", "add ',' or ']'"),
    ("undefined alias", "no anchor of that name is set before this line",
     "write '&name' at the value that is meant"),
    ("duplicate anchor", "an anchor of that name is set already", "give it another name"),
    ("unexpected end of stream", "a quoted text begins here and never ends",
     "add the closing quote"),
    ("unknown escape", "inside double quotes a backslash begins an escape, and this is none",
     "use single quotes, or write two backslashes"),
    ("expected ':'", "this line is neither 'key: value' nor part of the text above",
     "add ': ' after the key, or indent the line"),
    ("expected <block end>", "this line is not indented like the lines around it",
     "line it up with them"),
    ("expected block end", "this line is not indented like the lines around it",
     "line it up with them"),
    ("did not find expected key", "this line is not indented like the lines around it",
     "line it up with them"),
    ("did not find expected '-'", "a list goes on here without '- '",
     "begin the line with '- '"),
    ("expected the node content", "a value is missing here", "write one"),
    ("expected node content", "a value is missing here", "write one"),
)  # fmt: skip


def explain(problem: str) -> tuple[str, str]:
    """Return what is wrong and what to do, for a message of PyYAML's."""
    lowered = problem.lower()
    for piece, wrong, remedy in ROWS:
        if piece in lowered:
            return wrong, remedy
    return f"this is not readable as YAML ({problem})", "check quotes and indentation"
