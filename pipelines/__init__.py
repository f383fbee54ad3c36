"""Prefect flows: they run the stages that the command line runs, with schedule, retries and artifacts."""
