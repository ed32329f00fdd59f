"""Who carries a job out: one protocol, several ends."""
