"""The published tables and their history in PostGIS; the driver is imported only when something is written."""
