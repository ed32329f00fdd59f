"""One module a command, imported when it is called, so that `--help` stays quick."""
