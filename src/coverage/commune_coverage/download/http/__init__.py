"""Requests to allowed hosts only, resumed and retried."""
