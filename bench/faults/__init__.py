"""What a kernel does when a client does not read, and how soon an interrupt ends a cell.

On the kernels and by the run of `bench.kernels`; one round, as the rows are long.
"""
