"""A CUDA graph that has others as its child nodes, by NVIDIA's bindings: torch has no way of its own.

https://docs.nvidia.com/cuda/cuda-runtime-api/group__CUDART__GRAPH.html, cudaGraphAddChildGraphNode; and what
torch says of ``CUDAGraph.raw_cuda_graph``: the graph that was kept may be changed before it is instantiated.
"""

import importlib
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import torch


class ChildrenError(RuntimeError):
    """CUDA does not take a graph as a child of another."""


def bindings() -> ModuleType | None:
    """NVIDIA's bindings, which torch's CUDA builds for Linux bring since 2.10; None where they are not."""
    try:
        return importlib.import_module("cuda.bindings.runtime")
    except ImportError:
        return None


def chain(
    runtime: ModuleType, parent: torch.cuda.CUDAGraph, children: Sequence[torch.cuda.CUDAGraph]
) -> None:
    """Append copies of the children to the parent, one behind the other, all behind what it has.

    Args:
        runtime: the bindings.
        parent: captured and kept (``keep_graph=True``), not instantiated yet.
        children: captured and kept, in the parent's memory pool: it keeps for the copies what they work in.
            One may stand several times.

    Raises:
        ChildrenError: CUDA refuses.
    """
    graph = parent.raw_cuda_graph()
    _, count = _checked(runtime.cudaGraphGetNodes(graph, 0))
    last, _ = _checked(runtime.cudaGraphGetNodes(graph, count))
    for child in children:
        (node,) = _checked(runtime.cudaGraphAddChildGraphNode(graph, last, len(last), child.raw_cuda_graph()))
        last = [node]


def _checked(result: tuple[Any, ...]) -> list[Any]:
    """What a call gave.

    Raises:
        ChildrenError: its first value is an error.
    """
    error, *values = result
    if int(error):
        raise ChildrenError(f"CUDA refuses to join graphs: {getattr(error, 'name', error)}")
    return values
