"""The kernel benchmark: one raw client, every kernel, the same loads.

Data flows one way: `catalogue` (which kernels, which cells) -> `process` (a running
kernel) -> `client` (timed messages) -> `rows` (what is measured) -> `run` (the rounds).
"""
