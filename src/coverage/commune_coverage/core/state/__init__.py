"""Files that the program reads again: their places, formats and owners, and the fields that older ones had."""
