"""Frames in, chunks out; chunks and one audio encode in, an MP4 out."""
