"""Users and the load of cells in the busy hour."""
