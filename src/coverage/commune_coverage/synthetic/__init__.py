"""Invented and synthetic inputs: a whole invented country in raw formats, and stand-in layers for a real one."""
