"""Hubs and payment points."""
