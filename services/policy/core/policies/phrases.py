"""Small phrases that the sentences of rules are made of."""

_MINUTES_OF_AN_HOUR = 60
_MINUTES_OF_A_DAY = 24 * 60
_UNITS = (1, _MINUTES_OF_AN_HOUR, _MINUTES_OF_A_DAY)


def say_minutes(minutes: int) -> str:
    """Write a number of minutes as people say it: ``90`` as ``1 hour 30 minutes``, ``2880`` as ``2 days``."""
    if minutes and minutes % _MINUTES_OF_A_DAY == 0:
        return say_count(minutes // _MINUTES_OF_A_DAY, "day")
    hours, rest = divmod(minutes, _MINUTES_OF_AN_HOUR)
    parts = [say_count(hours, "hour")] if hours else []
    return " ".join([*parts, say_count(rest, "minute")] if rest or not parts else parts)


def say_every(minutes: int) -> str:
    """Write how often something comes around: ``every hour``, ``every 15 minutes``."""
    return f"every {say_minutes(minutes).removeprefix('1 ')}" if minutes in _UNITS else f"every {say_minutes(minutes)}"


def say_until_start(minutes: int) -> str:
    """Write how far ahead of its start something is, in whole minutes; fewer than none say that it has started."""
    if minutes < 0:
        return "has started"
    return f"starts in {say_minutes(minutes)}" if minutes else "starts in less than a minute"


def say_count(count: int, thing: str) -> str:
    """Write a number of things: ``1 hour``, ``2 hours``."""
    return f"1 {thing}" if count == 1 else f"{count:,} {thing}s"


def say_people(count: int) -> str:
    """Write a number of people."""
    return "1 person" if count == 1 else f"{count:,} people"


def join_and(words: list[str]) -> str:
    """Join words: ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([*([", ".join(words[:-1])] if words[:-1] else []), *words[-1:]])


def join_or(words: list[str]) -> str:
    """Join words: ``a``, ``a or b``, ``a, b or c``."""
    return " or ".join([*([", ".join(words[:-1])] if words[:-1] else []), *words[-1:]])
