"""A printable brief for each province."""
