"""Arguments in, exit code out. Knows the words of the command line, nothing of the work."""
