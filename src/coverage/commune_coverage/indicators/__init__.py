"""From values at each populated place to the gaps of each commune, with their evidence. Pure functions."""
