"""Declared coverage summed into communes: people, land and roads."""
