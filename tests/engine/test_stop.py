"""A stop ends what connections do, and leaves no thread behind."""

import threading

import duckdb
import pytest

from firmograph.engine.duckdb.stop import Stop

ENDLESS = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"


def test_query_that_begins_after_the_stop_ends_and_no_thread_is_left() -> None:
    before, stop = threading.active_count(), Stop()
    stop.set()
    for _ in range(2):
        with duckdb.connect() as connection:
            with pytest.raises(duckdb.InterruptException), stop.over(connection):
                connection.execute(ENDLESS)
            assert threading.active_count() == before


def test_stop_ends_all_queries_and_is_set_twice_without_harm() -> None:
    before, stop, ended = threading.active_count(), Stop(), []
    running = threading.Barrier(3)

    def work() -> None:
        with duckdb.connect() as connection, stop.over(connection):
            running.wait(timeout=20)
            try:
                connection.execute(ENDLESS)
            except duckdb.InterruptException:
                ended.append("interrupted")

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    running.wait(timeout=20)
    stop.set()
    stop.set()
    for thread in threads:
        thread.join(timeout=20)
    assert ended == ["interrupted", "interrupted"]
    assert threading.active_count() == before


def test_what_ended_before_is_not_interrupted() -> None:
    stop = Stop()
    with duckdb.connect() as connection:
        with stop.over(connection):
            pass
        stop.set()
        assert connection.execute("SELECT 7").fetchall() == [(7,)]
