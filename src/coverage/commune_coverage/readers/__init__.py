"""Readers: files come in, declared tables go out, bad rows are quarantined with their reasons."""
