"""Coverage of land, roads and institutions, as the radio model has it."""
