"""What of a run's settings can be changed while it trains."""

from gan_tui.config.run_config import RunConfig
from gan_tui.link.messages import Settings


def settings_of(config: RunConfig) -> Settings:
    """The live settings that a configuration begins with."""
    return Settings(**{name: getattr(config, name) for name in Settings.__struct_fields__})
