"""Benchmarks: each against the least it can cost and against its peers, in one run, as ratios."""
