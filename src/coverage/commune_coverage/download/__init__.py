"""Public sources over the network: fetched, checked, and kept by version."""
