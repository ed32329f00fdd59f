"""A conversation about songs: lines in, a video and a job file out."""
