"""Whom each candidate would serve."""
