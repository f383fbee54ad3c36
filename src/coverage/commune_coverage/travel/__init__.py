"""Travel times of people and parcels over roads, ground and water, in two seasons. Pure functions."""
