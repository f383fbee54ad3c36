"""Prefect flows: they walk the stages that the command line walks, and add schedule, retries and artifacts."""
