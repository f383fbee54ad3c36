"""Travel times, catchments and hub tiers of each populated place."""
