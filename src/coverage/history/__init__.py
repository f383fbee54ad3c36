"""What was computed night after night: tables that stay when runs are pruned, trends, old nights computed again."""
