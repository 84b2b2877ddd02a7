"""Both embedded servers: started unless an address is given, adopted when they run, stopped in order."""

from collections.abc import Callable
from pathlib import Path

from config.services import env, processes, users
from config.services.local import Local
from config.services.postgres import Postgres
from config.services.redis import Redis


class Servers:
    """The embedded servers that this environment needs: none, one or both."""

    def __init__(
        self, local: Local, say: Callable[[str], None], *, durable: bool = True, all_of_them: bool = False
    ):
        self.local = local
        self.secrets = env.development_secrets(local)
        wants_postgres = all_of_them or not env.given("DATABASE_URL")
        wants_redis = all_of_them or not env.given("REDIS_URL")
        self.postgres: Postgres | None = None
        self.redis: Redis | None = None
        if wants_postgres or wants_redis:
            place = users.place(local, say)
            if wants_postgres:
                self.postgres = Postgres(local, place, self.secrets["POSTGRES_PASSWORD"], say, durable)
            if wants_redis:
                self.redis = Redis(local, place, self.secrets["REDIS_PASSWORD"], say, durable)

    @property
    def _detached(self) -> Path:
        return self.local.run / "servers.detached"

    @property
    def urls(self) -> dict[str, str]:
        found = {}
        if self.postgres:
            found["DATABASE_URL"] = self.postgres.url
        if self.redis:
            found["REDIS_URL"] = self.redis.url
        return found

    def start(self, *, detached: bool = False) -> dict[str, str]:
        """Start or adopt; returns the addresses. `detached` ones live on until `stop(detached=True)`."""
        if detached:
            self._detached.touch()
        try:
            for server in (self.postgres, self.redis):
                if server:
                    server.start(detached=detached)
        except BaseException:
            self.stop(detached=detached)
            raise
        return self.urls

    def adopt(self) -> dict[str, str]:
        """The addresses of those that run already; starts nothing."""
        running = {}
        if self.postgres and self.postgres.adopt():
            running["DATABASE_URL"] = self.postgres.url
        if self.redis and self.redis.adopt():
            running["REDIS_URL"] = self.redis.url
        return running

    def stop(self, *, detached: bool = False) -> None:
        """Stop both, Redis first; those started detached are left alone unless meant."""
        if self._detached.exists() and not detached and processes.leftovers(self.local.run):
            return
        self._detached.unlink(missing_ok=True)
        for server in (self.redis, self.postgres):
            if server:
                server.stop()
