"""From values per place to the gaps of each commune, and how sure they are. Pure functions."""
