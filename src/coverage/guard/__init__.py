"""Which version of each layer a run uses: the newest, unless it cannot be right; then the last good one."""
