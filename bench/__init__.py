"""The benchmarks: `python -m bench` from the repository's root; see README.md."""
