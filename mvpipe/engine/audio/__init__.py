"""A song in, what a musician would say of it out."""
