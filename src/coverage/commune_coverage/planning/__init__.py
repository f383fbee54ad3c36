"""The rollout planner: what to upgrade, share, build and open, in which year, within each year's budget."""
