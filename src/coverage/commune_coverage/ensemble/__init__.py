"""How sure the figures are: draws of whole countries, weighed by what is known of them (docs/ensemble.md)."""
