"""Commands. Each is one file here and one line in :data:`AnyCommand`: message, checks and effect together."""

from gan_tui.link.commands.base import Command, Effect, RefusedError, Steerable
from gan_tui.link.commands.checkpoints import Restore, Save
from gan_tui.link.commands.ending import Extend, Stop
from gan_tui.link.commands.hello import Bye, Hello
from gan_tui.link.commands.pause import Pause, Resume
from gan_tui.link.commands.samples import NewLatent, ShowEma
from gan_tui.link.commands.settings import Set
from gan_tui.link.commands.single import StepOnce, UpdateOnce

AnyCommand = (
    Bye
    | Extend
    | Hello
    | NewLatent
    | Pause
    | Restore
    | Resume
    | Save
    | Set
    | ShowEma
    | StepOnce
    | Stop
    | UpdateOnce
)

__all__ = [
    "AnyCommand",
    "Bye",
    "Command",
    "Effect",
    "Extend",
    "Hello",
    "NewLatent",
    "Pause",
    "RefusedError",
    "Restore",
    "Resume",
    "Save",
    "Set",
    "ShowEma",
    "Steerable",
    "StepOnce",
    "Stop",
    "UpdateOnce",
]
