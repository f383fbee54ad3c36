"""Which column of a file is which declared column: by its mapping, its name and its values."""
