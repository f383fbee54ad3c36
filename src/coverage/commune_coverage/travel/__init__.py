"""Minutes to a parcel and to cash, over roads, ground and water, in two seasons. Pure functions."""
