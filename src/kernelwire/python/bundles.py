"""MIME bundles onto the wire: `display_data`, or an update of one.

Used by IPython's display publisher (`display`) and by the raw kernel.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing takes 10 ms to import
if TYPE_CHECKING:
    from typing import Any

    from kernelwire._host import Output


def publish(
    output: Output,
    data: dict[str, Any],
    metadata: dict[str, Any] | None = None,
    transient: dict[str, Any] | None = None,
    *,
    update: bool = False,
) -> None:
    """Publish a MIME bundle.

    Args:
        output: Of the request that the bundle belongs to.
        data: MIME type to content.
        metadata: Of the bundle, and by MIME type.
        transient: Not saved with the notebook; `display_id` is the usual member.
        update: Replace what was displayed under the `display_id`.
    """
    transient = transient or {}
    display_id = transient.get("display_id")
    if isinstance(display_id, str) and display_id and len(transient) == 1:
        if update:
            output.update_display_data(data, metadata, display_id=display_id)
        else:
            output.display_data(data, metadata, display_id=display_id)
    elif transient or update:
        content = {"data": data, "metadata": metadata or {}, "transient": transient}
        output.publish("update_display_data" if update else "display_data", content)
    else:
        output.display_data(data, metadata)
