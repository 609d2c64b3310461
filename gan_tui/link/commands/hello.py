"""A viewer says that it is there."""

from gan_tui.link.commands.base import Command, Effect, Steerable


class Hello(Command, frozen=True):
    """Ask for a :class:`~gan_tui.link.messages.Welcome`; repeated every few seconds, it counts as a viewer.

    Attributes:
        protocol, version: the viewer's. watching: False for tools that only ask (they count as no viewer).
        greet: True asks for a whole welcome; False only says that the viewer is still there.
    """

    protocol: int
    version: str
    watching: bool = True
    greet: bool = True

    def apply(self, trainer: Steerable) -> Effect:  # noqa: ARG002 - the link answers it without the trainer
        """Nothing; the link's server answers with a welcome."""
        return Effect()


class Bye(Command, frozen=True):
    """A viewer leaves; the training goes on."""

    def apply(self, trainer: Steerable) -> Effect:  # noqa: ARG002 - the link forgets the viewer
        """Nothing; the link's server forgets the viewer."""
        return Effect()
