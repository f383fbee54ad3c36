"""Commune-level gaps in high-speed internet, last-mile delivery and payment, from files to maps."""

__version__ = "0.1.0"
