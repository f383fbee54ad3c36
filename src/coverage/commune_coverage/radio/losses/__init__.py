"""Building entry and clutter."""
