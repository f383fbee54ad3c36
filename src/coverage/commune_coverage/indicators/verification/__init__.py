"""Verification: declared coverage against tests, by acceptance sampling. Pure functions."""
