"""What a frame looks like: a pure function of timeline, music, frame number and size."""
