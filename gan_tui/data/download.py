"""`gan-tui data fetch`: downloads with published checksums, mirrors, progress and a cache."""

import sys
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from gan_tui.data.errors import DataError, brief, show
from gan_tui.data.sources import SOURCES, Source, cache_folder

_TIMEOUT: Final = (5, 20)
"""Seconds to connect, and between two pieces of a file."""


def fetch(name: str, progress: bool = True) -> Path:
    """Download a data set into the user's cache, or find it there, and return its folder.

    A file that lies in the cache with the right checksum is not downloaded again.

    Args:
        name: `mnist`, `fashion` or `kmnist`.
        progress: show a bar on stderr, where that is a terminal.

    Raises:
        DataError: no such set, no mirror gives a file, none gives the published content, or the cache cannot
            be written.
    """
    source = SOURCES.get(name)
    if source is None:
        raise DataError(f"No data set is called {name!r}: `gan-tui data fetch` knows {', '.join(SOURCES)}.")
    folder = cache_folder(name)
    for file in source.files:
        _fetch_file(source, file, folder, progress and sys.stderr.isatty())
    return folder


def _fetch_file(source: Source, file: str, folder: Path, progress: bool) -> None:
    """Download one file from the first mirror that gives what was published."""
    import pooch  # noqa: PLC0415 - 70 ms that only a download needs
    import requests  # noqa: PLC0415 - the same

    pooch.get_logger().setLevel("WARNING")
    silent = True
    changed = False
    for mirror in source.mirrors:
        downloader: Any = pooch.HTTPDownloader(timeout=_TIMEOUT, progressbar=progress, chunk_size=1 << 16)
        try:
            pooch.retrieve(
                mirror + file,
                known_hash=f"sha256:{source.files[file]}",
                fname=file,
                path=folder,
                downloader=downloader,
            )
        except (requests.exceptions.ConnectionError, requests.exceptions.Timeout):
            continue
        except requests.exceptions.RequestException:
            silent = False
        except ValueError:  # pooch's sign of another checksum
            silent, changed = False, True
        except OSError as error:
            reason = brief(error.strerror or error).lower()
            raise DataError(f"{source.title} cannot be kept in {show(folder)}: {reason}.") from error
        else:
            return
    hosts = ", ".join(dict.fromkeys(urlsplit(mirror).hostname or mirror for mirror in source.mirrors))
    if silent:
        reason = f"this machine reaches none of {hosts}"
    elif changed:
        reason = f"{file} does not have the published checksum at {hosts}"
    else:
        reason = f"{file} is at none of {hosts}"
    raise DataError(
        f"{source.title} was not downloaded, because {reason}; "
        "the embedded 5,000 MNIST digits remain usable, and are taken where no --data is given."
    )
