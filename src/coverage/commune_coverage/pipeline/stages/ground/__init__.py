"""The ground of the country tile by tile: land, water and roads, for what is counted over them."""
