"""Readers: files come in, declared tables go out, bad rows are set aside with their reasons."""
