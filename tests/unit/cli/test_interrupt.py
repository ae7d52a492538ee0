import signal

import pytest

from platewise.cli.interrupt import until_interrupt


def test_the_first_interrupt_asks_and_the_second_one_interrupts():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job starts without one
    before = signal.getsignal(signal.SIGINT)
    with until_interrupt() as stop:
        assert not stop.asked
        signal.raise_signal(signal.SIGINT)
        assert stop.asked
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
