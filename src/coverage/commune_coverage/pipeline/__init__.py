"""The stages of a run, their cache and their runner."""
