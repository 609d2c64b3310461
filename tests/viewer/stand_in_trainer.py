"""A trainer process without torch: real lock, history, link and commands. Run with ``python -m``."""

import os
import sys
import time
from pathlib import Path

import msgspec

from gan_tui.link.commands import RefusedError
from gan_tui.link.messages import Applied, Goodbye, Refused, Stage, Welcome
from gan_tui.link.server import Server
from gan_tui.runs.checkpoints import latest_checkpoint, set_latest
from gan_tui.runs.history import HistoryWriter
from gan_tui.runs.lock import RunLock
from gan_tui.runs.run import Run
from tests.runs.files import write_checkpoint
from tests.viewer import fixtures
from tests.viewer.fake_source import FakeTrainer


def main() -> None:
    run = Run(Path(sys.argv[1]))
    with RunLock(run):
        run.update_manifest(pid=1)
        serve(run, resumed="--resume" in sys.argv)


def serve(run: Run, *, resumed: bool) -> None:
    trainer = FakeTrainer(
        fixtures.status(checkpoint=None, checkpoint_step=0, pid=os.getpid(), target_steps=10**6)
    )
    trainer.step = 0
    if resumed:
        latest = latest_checkpoint(run)
        assert latest is not None
        trainer.step = int(latest.stem.split("-")[1])
    history = HistoryWriter(run)
    seq = 0

    def now() -> object:
        return fixtures.replace_telemetry(
            fixtures.telemetry(trainer.step), seq=seq, time=time.time(), event_seq=history.event_seq
        )

    def welcome(number: int) -> Welcome:
        return Welcome(
            id=number,
            protocol=1,
            version="0",
            run=run.name,
            status=trainer.status,
            telemetry=now(),  # type: ignore[arg-type]  # a telemetry
            samples=fixtures.samples(),
            stages=(Stage(name="warm-up", state="done"),),
        )

    server = Server(run.endpoints(), welcome)
    event = history.event(trainer.step, "auto", "created", "here I am")
    server.publish(event)
    while trainer.stopped is None:
        obey(trainer, server, history)
        if not trainer.paused:
            trainer.step += 1
        seq += 1
        tick = now()
        server.publish(tick)  # type: ignore[arg-type]  # a telemetry
        history.put(tick)  # type: ignore[arg-type]  # a telemetry
        history.put(trainer.status)
        if trainer.step == 5:
            write_checkpoint(run.checkpoints_dir, "step-000005")
            set_latest(run, "step-000005")
    status = msgspec.structs.replace(trainer.status, state="stopped")
    goodbye = Goodbye(state="stopped", text="told to")
    for record in (status, goodbye):
        history.put(record)
        server.publish(record)
    history.close()
    time.sleep(0.2)  # the real trainer's farewell: last words reach those who listen
    server.close()


def obey(trainer: FakeTrainer, server: Server, history: HistoryWriter) -> None:
    """Whatever has been asked."""
    for token, command in server.poll(0.02):
        before = trainer.status
        try:
            effect = command.apply(trainer)
        except RefusedError as refused:
            server.answer(token, Refused(id=token.id, because=str(refused)))
            continue
        if effect.text:
            history.event(trainer.step, "you", effect.kind, effect.text, effect.player, effect.mark)
        server.answer(token, Applied(id=token.id, step=trainer.step))
        if trainer.status is not before:
            server.publish(trainer.status)
            history.put(trainer.status)


if __name__ == "__main__":
    main()
