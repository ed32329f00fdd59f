"""The hot folder: a song dropped there becomes a video, once."""
