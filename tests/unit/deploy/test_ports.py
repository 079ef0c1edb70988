"""Processes that start at once are not given the same port."""

import socket

import pytest

from deploy.local.ports import free_port, is_free


def test_a_port_that_was_given_is_not_given_again_before_it_is_in_use() -> None:
    given = [free_port() for _ in range(60)]

    assert len(set(given)) == len(given)
    for each in given:
        with socket.socket(socket.AF_UNIX) as other, pytest.raises(OSError, match="in use"):
            other.bind(f"\0roomsync-port-{each}")  # as another process would
        assert is_free(each)


def test_what_was_given_long_ago_may_be_given_again() -> None:
    first = free_port()
    for _ in range(100):
        free_port()

    with socket.socket(socket.AF_UNIX) as other:
        other.bind(f"\0roomsync-port-{first}")
