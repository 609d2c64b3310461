"""A name for what a data set holds, the same whatever file it came from."""

from hashlib import blake2b

import numpy as np

from gan_tui.data.arrays import Bytes


def fingerprint(images: Bytes, labels: Bytes) -> str:
    """Return 32 hexadecimal digits that name these images with these labels, in any order.

    Each label and image is digested by itself (BLAKE2b, 128 bits); the sorted digests, the number of images
    and their height and width are digested again. So `mnist_all.mat`, which is sorted by class, and the
    IDX files, which are not, have the same fingerprint. 60,000 images of 28×28 take about 0.2 s.

    Args:
        images: uint8 (N,H,W).
        labels: uint8 (N,).
    """
    count, height, width = images.shape
    rows = np.ascontiguousarray(images).reshape(count, height * width)
    digests = sorted(
        blake2b(row.data, digest_size=16, salt=bytes([label])).digest()
        for row, label in zip(rows, labels.tolist(), strict=True)
    )
    whole = blake2b(f"gan-tui images 1 {count} {height} {width}\n".encode(), digest_size=16)
    whole.update(b"".join(digests))
    return whole.hexdigest()
