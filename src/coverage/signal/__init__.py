"""From cells to received power and cell-edge speed at each populated place. Pure functions."""
