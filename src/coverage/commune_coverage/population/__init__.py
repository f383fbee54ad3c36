"""People by place and commune: exact weights, urbanisation."""
