"""The published pages: an overview and one Folium map per theme, readable without a network."""
