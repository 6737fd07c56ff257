"""How often somebody may ask: never more than allowed, and counted across processes."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.web.rates import BURST, Rates


class Clock:
    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@given(rate=st.integers(1, 300), pauses=st.lists(st.floats(0, 30, allow_nan=False), max_size=120))
@settings(deadline=None, max_examples=60)
def test_in_no_time_more_is_asked_than_the_rate_and_one_burst_allow(
    rate: int, pauses: list[float]
) -> None:
    clock = Clock()
    with TemporaryDirectory() as folder:
        rates, let_in = Rates(Path(folder) / "rates", rate, clock), []
        for pause in pauses:
            clock.now += pause
            if not rates.wait("ann"):
                let_in.append(clock.now)
        rates.close()
    for first, began in enumerate(let_in):
        for last, ended in enumerate(let_in[first:], start=1):
            assert last <= rate / 60 * (ended - began) + rate * BURST + 1.000001


@given(rate=st.integers(1, 300), asked=st.integers(1, 400))
@settings(deadline=None, max_examples=40)
def test_whoever_waits_as_long_as_he_is_told_is_let_in(rate: int, asked: int) -> None:
    clock = Clock()
    with TemporaryDirectory() as folder:
        rates = Rates(Path(folder) / "rates", rate, clock)
        for _ in range(asked):
            if wait := rates.wait("ann"):
                clock.now += wait + 1e-6
                assert not rates.wait("ann")
        rates.close()


def test_one_who_asks_too_often_takes_nothing_from_another(tmp_path: Path) -> None:
    rates = Rates(tmp_path / "rates", 6, Clock())
    while not rates.wait("ann"):
        pass
    assert rates.wait("ann")
    assert not rates.wait("bob")


def test_no_rate_lets_everybody_in(tmp_path: Path) -> None:
    rates = Rates(tmp_path / "rates", 0, Clock())
    assert not any(rates.wait("ann") for _ in range(1000))


def _asks(path: Path, questions: int, let_in: multiprocessing.Queue[int]) -> None:
    rates = Rates(path, 90, Clock())
    let_in.put(sum(not rates.wait("ann") for _ in range(questions)))


def test_several_processes_count_together(tmp_path: Path) -> None:
    processes = multiprocessing.get_context("fork")
    let_in: multiprocessing.Queue[int] = processes.Queue()
    some = [
        processes.Process(target=_asks, args=(tmp_path / "rates", 40, let_in)) for _ in range(4)
    ]
    for each in some:
        each.start()
    total = sum(let_in.get(timeout=60) for _ in some)
    for each in some:
        each.join()
    assert total == pytest.approx(90 * BURST, abs=1)


def test_a_machine_that_was_started_anew_shuts_nobody_out(tmp_path: Path) -> None:
    """Its clock begins at 0 then, and a file that was kept speaks of times to come."""
    before = Rates(tmp_path / "rates", 6, Clock(1_000_000.0))
    while not before.wait("ann"):
        pass
    assert not Rates(tmp_path / "rates", 6, Clock(5.0)).wait("ann")
