"""Two editions of a run where layers are confidential: all of it, and what the public may see."""
