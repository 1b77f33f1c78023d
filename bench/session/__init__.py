"""The session benchmark: jupyter_client's Session, kernelwire's, and what bounds both.

Data flows one way: `loads` (a Session at work) and `floor` (the work that none can
avoid) -> `rows` (what is measured) -> `run`. The messages are those of `bench.codec`.
"""
