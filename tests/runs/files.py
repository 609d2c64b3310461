"""Write small safetensors files without safetensors, whole and hostile."""

import json
from pathlib import Path
from typing import Any

from gan_tui.runs.checkpoint_metadata import CheckpointMetadata


def file_bytes(header: Any, data: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def checkpoint_bytes(metadata: CheckpointMetadata, pixels: bytes = bytes(range(8)), **changes: str) -> bytes:
    header = {
        "__metadata__": metadata.to_strings() | changes,
        "preview": {"dtype": "U8", "shape": [2, 2, 2], "data_offsets": [0, 8]},
        "generator.weight": {"dtype": "F32", "shape": [2, 1], "data_offsets": [8, 16]},
    }
    return file_bytes(header, pixels + bytes(8))


def write_checkpoint(folder: Path, name: str, **fields: Any) -> Path:
    path = folder / f"{name}.safetensors"
    step = int(name.split("-")[1])
    path.write_bytes(checkpoint_bytes(CheckpointMetadata(**{"step": step, "time": 1000.0 + step, **fields})))
    return path
