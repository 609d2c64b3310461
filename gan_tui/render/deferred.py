"""NumPy, imported when it is first used: a program that paints its first frame has no numbers yet.

Importing NumPy takes a fifth of the time from a command to its first frame. Modules write::

    if TYPE_CHECKING:
        import numpy as np
    else:
        from gan_tui.render.deferred import np
"""

import importlib
from typing import Any


class Deferred:
    """Stands for a module, and imports it when an attribute is first asked for; any thread may be first."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        module = importlib.import_module(self._name)
        # From now on attributes are found without coming here.
        self.__dict__.update({key: value for key, value in vars(module).items() if not key.startswith("__")})
        return getattr(module, attribute)


np = Deferred("numpy")
