"""Minutes from each populated place to the nearest hub. Pure functions."""
