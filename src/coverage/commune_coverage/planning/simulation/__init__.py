"""The engines run on a planned network."""
