"""From a crowd's or a register's cells to base stations, sites and masts, with the errors of their positions."""
