"""Power, SINR and throughput of a place, by operator and technology; users and the load of cells in the busy hour."""
