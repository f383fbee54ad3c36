"""Tables, comparisons and curves of a plan."""
