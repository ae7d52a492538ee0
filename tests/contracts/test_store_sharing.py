"""What several processes share: leases, parts of runs, the bell, counts of calls."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from store_samples import NOON, after

from platewise import clock
from platewise.errors import StoreError
from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.store.records import NewEvent
from platewise.store.sharing import Lease


def claim(store: Store, name: str, holder: str, at: int, seconds: int = 10) -> Lease | None:
    with store.writing() as unit:
        return unit.leases.claim(name, holder, after(at), after(at + seconds))


def test_a_lease_has_one_holder_until_it_ends(store: Store) -> None:
    first = claim(store, "north", "a", 0)
    assert first == Lease("north", "a", 1, after(10))
    assert claim(store, "north", "b", 9) is None
    assert claim(store, "south", "b", 9) == Lease("south", "b", 1, after(19))
    assert claim(store, "north", "a", 9) == Lease("north", "a", 1, after(19))
    assert claim(store, "north", "b", 18) is None
    assert claim(store, "north", "b", 19) == Lease("north", "b", 2, after(29))


def test_who_lost_a_lease_holds_it_no_more(store: Store) -> None:
    lease = claim(store, "north", "a", 0)
    assert lease
    with store.reading() as unit:
        assert unit.leases.holds(lease)
    claim(store, "north", "b", 10)
    with store.writing() as unit:
        assert not unit.leases.holds(lease)
        assert not unit.leases.release(lease)
    again = claim(store, "north", "a", 20)
    assert again == Lease("north", "a", 3, after(30))
    with store.reading() as unit:
        assert not unit.leases.holds(lease), "its fence is an older one"
        assert unit.leases.holds(again)


def test_a_lease_given_up_is_free_at_once_and_its_fence_goes_on(store: Store) -> None:
    with store.reading() as unit:
        now = unit.leases.now()
    assert abs(now - clock.now()) < timedelta(seconds=5)
    with store.writing() as unit:
        lease = unit.leases.claim("north", "a", now, now + timedelta(hours=1))
        assert lease
        assert unit.leases.release(lease)
        assert not unit.leases.release(lease)
        assert not unit.leases.holds(lease)
    with store.writing() as unit:
        at = unit.leases.now()
        taken = unit.leases.claim("north", "b", at, at + timedelta(hours=1))
        assert taken
        assert (taken.holder, taken.fence) == ("b", 2)
        assert unit.leases.leases() == (taken,)


def test_leases_that_ended_a_day_ago_are_forgotten(store: Store) -> None:
    claim(store, "old", "a", 0)
    claim(store, "north", "a", 86_000)
    claim(store, "south", "a", 86_410 + 10)
    with store.reading() as unit:
        assert [lease.name for lease in unit.leases.leases()] == ["north", "south"]


def test_a_lease_wanted_by_many_at_once_goes_to_one(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda n: claim(store, "north", f"w{n}", 0), range(16)))
    assert sum(lease is not None for lease in got) == 1


def test_a_part_of_a_run_is_noted_once_and_with_what_it_brings(store: Store) -> None:
    with store.writing() as unit:
        assert unit.runs.note("r", 3, NOON)
        assert unit.runs.note("r", 1, NOON)
        assert not unit.runs.note("r", 3, NOON)
        assert unit.runs.note("other", 3, NOON)
    with pytest.raises(ZeroDivisionError):
        _fail_after_noting(store, "r", 2)
    with store.reading() as unit:
        assert unit.runs.done("r") == {1, 3}
        assert unit.runs.done("new") == set()


def _fail_after_noting(store: Store, run: str, part: int) -> None:
    with store.writing() as unit:
        unit.runs.note(run, part, NOON)
        raise ZeroDivisionError


def test_the_bell_wakes_who_waits_for_an_event(store: Store) -> None:
    bell = store.bell
    for _ in range(100):  # until it listens
        if bell.listens or not bell.wait(bell.count, 0.05):
            break
    rung, woken = bell.count, []
    waiter = threading.Thread(target=lambda: woken.append(bell.wait(rung, 10)))
    waiter.start()
    began = clock.ticks()
    with store.writing() as unit:
        unit.events.add(NewEvent("passed", NOON, {}))
    waiter.join()
    assert woken == [True]
    assert clock.ticks() - began < 5
    assert any(not bell.wait(bell.count, 0.01) for _ in range(100))  # once all of its own is heard


class TestPostgres:
    """What only a database server can do."""

    @pytest.fixture
    def stores(self, postgres_url: str, tmp_path: Path):
        """Two stores over one database, as two servers have them."""
        opened = [open_store(postgres_url, tmp_path / "images") for _ in range(2)]
        yield opened
        for one in opened:
            one.close()

    def test_a_write_of_one_server_rings_at_the_other(self, stores: list[Store]) -> None:
        writer, reader = stores
        until = clock.ticks() + 10
        while not reader.bell.listens and clock.ticks() < until:
            reader.bell.wait(reader.bell.count, 0.05)
        rung = reader.bell.count
        with writer.writing() as unit:
            unit.events.add(NewEvent("passed", NOON, {}))
        assert reader.bell.wait(rung, 10)
        assert reader.bell.listens

    def test_a_bell_whose_connection_is_cut_listens_again(
        self, stores: list[Store], postgres_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import psycopg

        from platewise.store.sql import listening

        monkeypatch.setattr(listening, "_AGAIN", 0.05)
        bell = stores[0].bell
        until = clock.ticks() + 10
        while not bell.listens and clock.ticks() < until:
            bell.wait(bell.count, 0.05)
        rung = bell.count
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
            )
        assert bell.wait(rung, 10), "what was told meanwhile may have been missed, so it rings"
        assert bell.listens

    def test_calls_are_counted_for_all_together(self, stores: list[Store]) -> None:
        def take(number: int) -> float:
            calls = stores[number % 2].calls
            assert calls
            return calls.take("reads token 1", 20, 60)

        with ThreadPoolExecutor(8) as pool:
            waits = list(pool.map(take, range(60)))
        assert sum(wait == 0 for wait in waits) == 20
        assert all(55 < wait <= 61 for wait in waits if wait)
        assert stores[0].calls
        assert stores[0].calls.take("reads token 2", 20, 60) == 0

    def test_the_window_slides(self, stores: list[Store]) -> None:
        calls = stores[0].calls
        assert calls
        assert 0 < calls.take("k", 2, 1, 3) <= 2
        assert calls.take("k", 2, 1, 2) == 0
        wait = calls.take("k", 2, 1)
        assert 0 < wait <= 2
        threading.Event().wait(wait)
        assert calls.take("k", 2, 1) == 0

    def test_counts_of_long_ago_are_swept_away(self, stores: list[Store], postgres_url: str) -> None:
        import psycopg

        from platewise.store.queries import Retention

        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("INSERT INTO calls VALUES ('gone', 1, 1)")
            stores[0].expire(Retention(), clock.now())
            assert connection.execute("SELECT 1 FROM calls WHERE key = 'gone'").fetchone() is None


def test_a_file_and_a_memory_count_in_the_process(tmp_path: Path) -> None:
    assert open_store("memory:", tmp_path).calls is None
    pytest.importorskip("sqlalchemy", reason="needs the [serve] extra")
    store = open_store(f"sqlite:///{tmp_path}/a.db", tmp_path / "images")
    assert store.calls is None
    store.close()


def test_servers_that_start_together_make_the_tables_once(postgres_url: str, tmp_path: Path) -> None:
    """Migrations run under the writers' lock: the others wait, and then find nothing left to do."""
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS fresh")
        connection.execute("CREATE DATABASE fresh")
    url = postgres_url.replace("@/postgres?", "@/fresh?")

    def start(_: int) -> None:
        store = open_store(url, tmp_path / "images")
        store.check()
        store.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))


def test_a_server_that_starts_waits_for_no_writer(postgres_url: str, tmp_path: Path) -> None:
    store = open_store(postgres_url, tmp_path / "images")
    with store.writing() as unit:
        unit.site.set({"a": "1"})
        began = clock.ticks()
        open_store(postgres_url, tmp_path / "images").close()
        assert clock.ticks() - began < 5
    store.close()


def test_a_migration_that_finds_a_table_in_use_changes_nothing(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg
    from alembic import command

    from platewise.store.sql import migrate
    from platewise.store.sql.engine import connect, parse, transaction

    monkeypatch.setattr(migrate, "PATIENCE_S", 0.2)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS older")
        connection.execute("CREATE DATABASE older")
    url = postgres_url.replace("@/postgres?", "@/older?")
    engine = connect(parse(url), writes=True)
    with transaction(engine) as connection_:
        command.upgrade(migrate.config_for(connection_), "0002")
    with psycopg.connect(url) as reader:
        reader.execute("SELECT * FROM outbox")  # the migration 0003 changes it
        with pytest.raises(StoreError, match="busy"):
            open_store(url, tmp_path / "images")
        reader.rollback()
    open_store(url, tmp_path / "images").close()
    engine.dispose()
