"""What is published: exports, publications, the link that says which run is shown, and why a run is held."""
