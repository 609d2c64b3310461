"""Where data sets are published: addresses, and the checksums that the downloads must have.

Checksums: of MNIST, those of the files of yann.lecun.com, as torchvision (MD5) and Lasagne (SHA-256) publish
them; of Fashion-MNIST and KMNIST, torchvision's `prototype/datasets/_builtin/mnist.py` (SHA-256).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"


@dataclass(frozen=True)
class Source:
    """A data set that can be fetched.

    Attributes:
        title: its own name.
        mirrors: addresses of folders, tried in order; each ends in a slash.
        files: name of a file → its SHA-256 in hexadecimal digits.
        megabytes: about what is downloaded.
    """

    title: str
    mirrors: tuple[str, ...]
    files: dict[str, str]
    megabytes: int


SOURCES: Final[dict[str, Source]] = {
    "mnist": Source(
        title="MNIST",
        mirrors=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
            "http://yann.lecun.com/exdb/mnist/",
        ),
        files={
            TRAIN_IMAGES: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            TRAIN_LABELS: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            TEST_IMAGES: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            TEST_LABELS: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        },
        megabytes=12,
    ),
    "fashion": Source(
        title="Fashion-MNIST",
        mirrors=(
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
        ),
        files={
            TRAIN_IMAGES: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            TRAIN_LABELS: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            TEST_IMAGES: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            TEST_LABELS: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        },
        megabytes=31,
    ),
    "kmnist": Source(
        title="Kuzushiji-MNIST",
        mirrors=(
            "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
            "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        ),
        files={
            TRAIN_IMAGES: "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
            TRAIN_LABELS: "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
            TEST_IMAGES: "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
            TEST_LABELS: "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
        },
        megabytes=21,
    ),
}
"""What `gan-tui data fetch` knows."""


def cache_folder(name: str) -> Path:
    """Return the folder in the user's cache where a set is kept once it is fetched."""
    return platformdirs.user_cache_path("gan-tui", appauthor=False) / "data" / name


def is_fetched(name: str) -> bool:
    """Whether every file of a set lies in the cache (their content is not looked at)."""
    return name in SOURCES and all((cache_folder(name) / file).is_file() for file in SOURCES[name].files)
