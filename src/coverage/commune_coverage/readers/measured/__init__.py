"""Speed tests, subscriptions, fibre nodes, challenges."""
