"""Tables in the formats that others open: each written from the tables of an edition and from nothing else."""
