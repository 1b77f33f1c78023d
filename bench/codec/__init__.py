"""The codec benchmark: messages to frames and back, in one process and without sockets.

Data flows one way: `messages` (what is coded) -> `contestants` (who codes) -> `run`.
"""
