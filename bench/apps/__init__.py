"""Programs that people run, with and without kernelwire's Session in them.

Data flows one way: `variants` (with and without) -> `server`, `websocket`, `cluster`
(what runs, and what it is asked) -> `rows` (what is measured) -> `run` (the rounds).
"""
