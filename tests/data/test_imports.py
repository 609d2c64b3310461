"""Reading data imports neither torch nor Textual, nor the libraries that mlxtend would bring."""

import subprocess
import sys
from pathlib import Path

from tests.data.builders import small, write_idx, write_mat, write_npz

_SCRIPT = """
import sys
import gan_tui.data as data
for path in sys.argv[1:]:
    data.load(path)
try:
    data.load(None)
except data.DataError:
    pass
print(sorted({name.split(".")[0] for name in sys.modules}))
"""


def test_what_reading_imports(tmp_path: Path) -> None:
    images, labels = small()
    paths = [
        write_idx(tmp_path, images, labels, packed=True),
        write_npz(tmp_path / "a.npz", images, labels),
        write_mat(tmp_path / "a.mat", images, labels),
    ]
    command = [sys.executable, "-c", _SCRIPT, *map(str, paths)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    for name in (
        "torch",
        "textual",
        "scipy",
        "pooch",
        "requests",
        "mlxtend",
        "pandas",
        "matplotlib",
        "sklearn",
    ):
        assert f"'{name}'" not in printed
    assert "'numpy'" in printed
