"""Commune-level gaps in high-speed internet and last-mile delivery, from files to maps."""

__version__ = "0.1.0"
