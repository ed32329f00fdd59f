"""The embedded engine: hears a song, directs an edit, draws it, encodes it."""
