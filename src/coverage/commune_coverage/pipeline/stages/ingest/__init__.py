"""Each layer read, checked against its last version and put in place within the communes."""
