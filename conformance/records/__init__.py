"""Results on disk that can be held to account: chains, records, goldens, diffs, certificates."""
