"""``gan-tui sample``: draw from a checkpoint, as the article's ``dev()`` does."""

import io
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

from gan_tui.cli.pictures import print_images, write_png
from gan_tui.cli.references import complete_runs, runs_dir_option
from gan_tui.config.errors import GanTuiError, UsageError
from gan_tui.config.paths import cache_dir
from gan_tui.config.paths import runs_dir as resolve_runs_dir
from gan_tui.runs.atomic import atomic_write
from gan_tui.runs.checkpoints import resolve_checkpoint


@click.command(name="sample")
@click.argument("checkpoint", metavar="CHECKPOINT|RUN", shell_complete=complete_runs)
@click.option("-n", "count", default=16, show_default=True, type=click.IntRange(1, 100_000), help="how many")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="of the noise")
@click.option("--digit", metavar="D", help="this class alone (labelled recipes)")
@click.option("--raw", is_flag=True, help="by G itself instead of its running average")
@click.option("--npz", type=click.Path(dir_okay=False, path_type=Path), help="write samples, z and labels")
@click.option("--png", type=click.Path(dir_okay=False, path_type=Path), help="write a picture")
@click.option("--judge", "judged", is_flag=True, help="say what a judge reads in them")
@click.option("--ascii", is_flag=True, help="ASCII characters alone")
@runs_dir_option()
def command(checkpoint: str, runs_dir: str | None, **options: Any) -> None:
    """Draw samples from a checkpoint file, or from a run's latest."""
    path = resolve_checkpoint(checkpoint, resolve_runs_dir(runs_dir))
    drawn = _draw(path, options["count"], options["seed"], options["digit"], options["raw"])
    if options["npz"] is not None:
        _write_npz(options["npz"], drawn)
    if options["png"] is not None:
        write_png(options["png"], drawn.images)
    print_images(drawn.images, options["ascii"])
    click.echo(f"{path.name}: {drawn.words}, seed {options['seed']}", err=True)
    if options["judged"]:
        click.echo(_judgement(drawn.images, drawn.data), err=True)


class _Drawn(NamedTuple):
    """Images uint8 (N, H, W), what they were drawn from, and how to say so."""

    images: NDArray[np.uint8]
    z: NDArray[np.float32]
    labels: NDArray[np.uint8] | None
    data: str | None
    words: str


def _draw(path: Path, count: int, seed: int, digit: str | None, raw: bool) -> _Drawn:
    from gan_tui.training.sampling import load_generator  # noqa: PLC0415 - torch takes seconds

    loaded = load_generator(path, raw=raw)
    z, labels = loaded.latent(count, seed)
    if digit is not None:
        if not loaded.pair.labelled:
            raise UsageError(f"{path.name} was trained without labels, so no digit can be asked for")
        if digit not in loaded.class_names:
            raise UsageError(f"--digit: there is no {digit!r}; there are {', '.join(loaded.class_names)}")
        labels = labels.new_full((count,), loaded.class_names.index(digit))
    by = "the running average" if loaded.ema else "raw G"
    return _Drawn(
        images=loaded.draw(z, labels).numpy(),
        z=z.numpy().astype(np.float32),
        labels=labels.numpy().astype(np.uint8) if loaded.pair.labelled else None,
        data=loaded.config.data,
        words=f"{count} samples by {by} at step {loaded.step:,}",
    )


def _write_npz(path: Path, drawn: _Drawn) -> None:
    arrays: dict[str, NDArray[Any]] = {"samples": drawn.images, "z": drawn.z}
    if drawn.labels is not None:
        arrays["labels"] = drawn.labels
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    try:
        atomic_write(path, lambda file: file.write(buffer.getvalue()))
    except OSError as error:
        raise GanTuiError(f"{path} cannot be written: {error.strerror}; nothing else was changed") from error


def _judgement(images: NDArray[np.uint8], data: str | None) -> str:
    import torch  # noqa: PLC0415 - torch takes seconds

    from gan_tui.data import DataError, load  # noqa: PLC0415 - only for --judge
    from gan_tui.quality import Judge  # noqa: PLC0415 - torch takes seconds
    from gan_tui.quality.reading import seen  # noqa: PLC0415 - torch takes seconds

    try:
        dataset = load(data)
    except DataError as error:
        raise GanTuiError(f"no judge without the data of the run: {error}") from error
    judge = Judge.open(dataset, torch.device("cpu"), cache_dir())
    if not judge.ready:
        click.echo(f"training a judge on {dataset.name}, once", err=True)
    while not judge.work(1.0):
        pass
    reading = judge.read(images)
    shares = reading.shares(judge.classes)
    by_class = "  ".join(
        f"{name} {share:.0%}" for name, share in zip(dataset.class_names, shares, strict=True)
    )
    line = f"{seen(shares)} of {len(shares)} classes ({by_class}); readable {reading.readable:.1%}"
    if len(images) < 2:
        return line
    distance = f"distance {judge.distance(reading):.1f} (real {judge.floor(len(images)):.1f})"
    return f"{line}; {distance}; the judge reads {judge.accuracy:.1%} of unseen real ones"
