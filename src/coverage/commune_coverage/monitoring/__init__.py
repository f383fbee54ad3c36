"""Health, metrics and alerts of scheduled runs."""
