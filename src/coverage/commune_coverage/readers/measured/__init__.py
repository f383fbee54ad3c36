"""Speed tests, subscriptions, fibre nodes, published coverage, challenges."""
