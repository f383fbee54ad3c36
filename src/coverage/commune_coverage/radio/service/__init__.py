"""Power, SINR and throughput of a place, by operator and technology."""
