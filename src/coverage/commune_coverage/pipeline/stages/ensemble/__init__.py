"""Draws of the country: how sure the figures are."""
