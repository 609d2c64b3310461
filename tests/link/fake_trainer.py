"""A steerable trainer that only remembers, for tests of the commands."""

import msgspec

from gan_tui.link.messages import Player, Settings

SETTINGS = Settings(d_steps=1, g_steps=1, d_lr=2e-4, g_lr=5e-4, ema=0.995, samples_per_second=2)


class FakeTrainer:
    def __init__(self, step: int = 100, paused: bool = False, finished: bool = False) -> None:
        self.step = step
        self.paused = paused
        self.finished = finished
        self.settings = SETTINGS
        self.calls: list[tuple[object, ...]] = []

    def pause(self) -> None:
        self.paused = True
        self.calls.append(("pause",))

    def resume(self) -> None:
        self.paused = False
        self.calls.append(("resume",))

    def single_step(self) -> None:
        self.step += 1
        self.calls.append(("single_step",))

    def single_update(self, player: Player) -> None:
        self.calls.append(("single_update", player))

    def change(self, settings: Settings) -> None:
        self.settings = settings
        self.calls.append(("change", msgspec.structs.asdict(settings)))

    def save(self, name: str | None) -> str:
        self.calls.append(("save", name))
        return f"step-{self.step:06d}"

    def restore(self, checkpoint: str) -> int:
        self.calls.append(("restore", checkpoint))
        self.step = int(checkpoint.removeprefix("step-"))
        return self.step

    def show_ema(self, ema: bool) -> None:
        self.calls.append(("show_ema", ema))

    def new_latent(self) -> None:
        self.calls.append(("new_latent",))

    def extend(self, steps: int) -> int:
        self.calls.append(("extend", steps))
        return self.step + steps

    def stop(self, save: bool) -> None:
        self.calls.append(("stop", save))
