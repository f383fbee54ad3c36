"""Declared coverage against the model and tests, by cell of H3."""
