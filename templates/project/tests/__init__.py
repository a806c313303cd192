"""The tests mirror `app`. They see no setting of the environment or `.env`, and bring their own key."""

import os
import secrets

from app.core.config import Settings
from tests.database import CONFIGURED_URL

for _name in [name for name in os.environ if name.lower() in Settings.model_fields]:
    del os.environ[_name]
Settings.model_config["env_file"] = None
os.environ["SECRET_KEY"] = secrets.token_hex(32)
os.environ["DATABASE_URL"] = CONFIGURED_URL
