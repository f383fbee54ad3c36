"""Checks of a computed night: those that block its publication, and those that warn."""
