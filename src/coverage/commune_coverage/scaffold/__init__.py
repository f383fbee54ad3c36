"""A first country file for any ISO 3166 code: what is known of the country, and where its public data are."""
