"""Each page and its parts."""
