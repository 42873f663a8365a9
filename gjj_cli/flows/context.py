"""What a run works in: the policy pack of the city with the user's own values from gjj.toml over it."""

from gjj_cli.rules import policy
from gjj_cli.settings import CONFIG_NAME, Settings


def pack_for(settings: Settings) -> policy.Pack:
    """The policy pack of this run. Raises ConfigError for a value in gjj.toml that cannot be used."""
    pack = policy.load()
    if not settings.policy_overlay:
        return pack
    return policy.overlay(pack, dict(settings.policy_overlay), settings.config_path or settings.home / CONFIG_NAME)
