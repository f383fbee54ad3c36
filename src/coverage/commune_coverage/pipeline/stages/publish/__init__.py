"""Exports, output checks, changes, pages and the switch to the new run."""
