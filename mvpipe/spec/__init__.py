"""Job files: text in; jobs, or every finding with its place, out."""
