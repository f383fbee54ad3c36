"""How strongly an antenna radiates in which direction."""
