"""Opening the database: what is wrong with it is told in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from core.db import embedded
from core.db.engine import open_database
from core.errors import DatabaseUnreachable
from core.settings import Settings


async def test_an_address_where_nobody_answers() -> None:
    """The host is named, the password is not."""
    settings = Settings(database_url="postgresql://reader:hunter2@127.0.0.1:9/none")
    with pytest.raises(DatabaseUnreachable, match="no database answers at 127.0.0.1") as caught:
        async with open_database(settings):
            pass
    assert "hunter2" not in str(caught.value)


async def test_a_server_of_one_s_own_is_used(server: embedded.EmbeddedServer, tmp_path: Path) -> None:
    """With DATABASE_URL set, that server is used, and none is started in the data directory."""
    settings = Settings(database_url=server.url, data_dir=tmp_path)
    async with open_database(settings) as database, database.begin() as session:
        assert (await session.execute(text("SELECT count(*) FROM topics"))).scalar_one() > 0
    assert list(tmp_path.iterdir()) == []
