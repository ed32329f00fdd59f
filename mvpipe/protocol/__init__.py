"""The HTTP and SSE wire without any I/O; client and server both speak through it."""
