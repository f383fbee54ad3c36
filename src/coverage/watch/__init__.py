"""How the nights go: a log for machines, the state of health, figures for monitoring, alerts."""
