"""Public sources over the network: fetched, checked, and stored by version."""
