"""From cells to received power and throughput at each populated place. Pure functions."""
