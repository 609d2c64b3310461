"""Make ``gan_tui/quality/judges/mnist.safetensors``: a judge of handwritten digits that needs no training.

    python -m benchmarks.make_judge MNIST_TRAIN MNIST_TEST

The judge's network is trained on the 60,000 training images for twelve epochs (batch 128, Adam, one-cycle
rate, images shifted by up to a pixel each way) and tested on the 10,000 test images; its weights are kept as
float16. Runs on those images, and on the 5,000 of them that the ``sample`` extra carries, are then read from
the first second on, by the same judge on every machine. One thread takes about 80 seconds.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn import functional

from gan_tui.data import load
from gan_tui.optim import Adam
from gan_tui.quality.classifier import Classifier
from gan_tui.quality.judge import one_cycle

EPOCHS, BATCH, RATE_SHARE = 12, 128, 0.5
TARGET = Path(__file__).parents[1] / "gan_tui" / "quality" / "judges" / "mnist.safetensors"


def tensors(path: str, split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Images (N, 1, 28, 28) in 0 … 1 and labels (N,)."""
    found = load(path, split)
    return torch.tensor(found.images).unsqueeze(1) / 255, torch.tensor(found.labels).long()


def trained(images: torch.Tensor, labels: torch.Tensor) -> Classifier:
    """A classifier, trained."""
    torch.manual_seed(0)
    network = Classifier(1, 28, 28, 10)
    optimiser = Adam(network.parameters(), 0.0, (0.9, 0.999))
    updates = EPOCHS * (len(labels) // BATCH)
    for update in range(updates):
        if update % (len(labels) // BATCH) == 0:
            order = torch.randperm(len(labels))
        start = update % (len(labels) // BATCH) * BATCH
        picked = order[start : start + BATCH]
        shift = torch.randint(-1, 2, (2,)).tolist()
        logits, _ = network(images[picked].roll(shift, (2, 3)))
        optimiser.clear()
        torch.autograd.backward(functional.cross_entropy(logits, labels[picked]))
        optimiser.set_rate(RATE_SHARE * one_cycle((update + 1) / updates))
        optimiser.update()
    return network


@torch.inference_mode()
def accuracy(network: Classifier, images: torch.Tensor, labels: torch.Tensor) -> float:
    """Share of images read rightly, 0 … 1."""
    return float((network(images)[0].argmax(1) == labels).float().mean())


def main() -> None:
    """Train, test, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("train", help="MNIST, a file or folder with its training split")
    parser.add_argument("test", help="MNIST, a file or folder with its test split")
    options = parser.parse_args()
    network = trained(*tensors(options.train, "train"))
    kept = {f"network.{name}": value.half() for name, value in network.state_dict().items()}
    network.load_state_dict({name.removeprefix("network."): value for name, value in kept.items()})
    share = accuracy(network, *tensors(options.test, "test"))
    print(f"{share:.2%} of the test images are read rightly")
    TARGET.parent.mkdir(exist_ok=True)
    save_file(kept, TARGET, metadata={"accuracy": repr(share)})


if __name__ == "__main__":
    main()
