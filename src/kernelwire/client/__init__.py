"""Clients of Jupyter's kernels: `Client`, which waits, and `AsyncClient` for asyncio.

Layer 5, over `_client`. Not used by the rest: kernels do not import it.

Spec: https://jupyter-client.readthedocs.io/en/stable/messaging.html
"""

from __future__ import annotations

from kernelwire._client import Message
from kernelwire.client.asynchronous import AsyncClient, AsyncRequest
from kernelwire.client.blocking import Client, Request
from kernelwire.client.comms import Comm

__all__ = ["AsyncClient", "AsyncRequest", "Client", "Comm", "Message", "Request"]
