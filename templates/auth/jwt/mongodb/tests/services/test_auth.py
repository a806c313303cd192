import pytest

from app.core.config import Settings
from app.core.database import Sessions
from app.core.errors import UnauthorizedError
from app.core.security import hash_token
from app.models import User
from app.services import auth
from tests import factories


async def test_family_keeps_two_hashes_and_knows_each_of_its_tokens(
    user: User, settings: Settings, sessions: Sessions
) -> None:
    async with sessions.write.begin() as session:
        tokens = [(await auth.start(session, settings, user)).refresh_token for _ in range(2)]
    other = tokens.pop()
    for _ in range(3):
        tokens.append((await auth.refresh(sessions, settings, tokens[-1])).refresh_token)
    stored = await factories.dump(sessions)
    assert [hash_token(token) in stored for token in tokens] == [False, False, True, True]
    # No double tap, which repeats the last one used: it is a reuse, however long ago.
    for token in (tokens[0], tokens[-1]):
        with pytest.raises(UnauthorizedError):
            await auth.refresh(sessions, settings, token)
    assert await auth.refresh(sessions, settings, other)
