"""The settings of this process's environment."""

import os

from platewise.errors import SettingError
from platewise.settings import Settings


def settings() -> Settings:
    """Return the settings of the ``PLATEWISE_...`` variables; SettingError names an impossible one."""
    try:
        return Settings.from_env(os.environ)
    except ValueError as error:
        raise SettingError(str(error)) from error
