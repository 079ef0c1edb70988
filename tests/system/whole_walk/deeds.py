"""Which deeds hypothesis chooses among, and with what: few days and hours, so that things are in each other's way."""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.system.series_walk.patterns import PATTERNS
from tests.system.whole_walk.people import Deed, Who
from tests.system.whole_walk.rules import RULES

WHICH = st.integers(0, 11)
NTH = st.integers(0, 4)
TIMES = st.integers(2, 4)
DAY, AT = st.integers(0, 2), st.sampled_from([0, 1, 2, 4])
PATTERN = st.sampled_from(PATTERNS)
MINUTES = st.sampled_from([60, -60, 30, -30, 120])
DAYS = st.sampled_from([0, 0, 0, 1, -1])
SCOPE = st.sampled_from(["this", "following", "all"])
WORD = st.booleans()


def _deed(who: Who, what: str, **how: SearchStrategy[object]) -> SearchStrategy[Deed]:
    return st.builds(Deed, st.just(who), st.just(what), st.fixed_dictionaries(how))


SERIES = st.one_of(
    _deed("organizer", "create", day=DAY, at=AT, pattern=PATTERN, times=TIMES),
    _deed("organizer", "move_date", which=WHICH, nth=NTH, minutes=MINUTES, days=st.integers(-1, 1)),
    _deed("organizer", "accept_proposal", which=WHICH, nth=NTH),
    _deed("organizer", "delete_date", which=WHICH, nth=NTH, with_a_word=WORD),
    _deed("organizer", "retitle_date", which=WHICH, nth=NTH),
    _deed("organizer", "turn_date", which=WHICH, nth=NTH),
    _deed("organizer", "move_all", which=WHICH, minutes=MINUTES),
    _deed("organizer", "end", which=WHICH, days=st.integers(0, 30)),
    _deed("organizer", "repeat_otherwise", which=WHICH, pattern=PATTERN, days=st.integers(0, 1), times=TIMES),
    _deed("organizer", "split", which=WHICH, nth=NTH, minutes=st.sampled_from([0, 30, 60]), new_first=WORD),
    _deed("organizer", "call_off", which=WHICH, with_a_word=WORD),
    _deed("organizer", "turn", which=WHICH),
    _deed("organizer", "retitle", which=WHICH),
)
MEETINGS = st.one_of(
    _deed("meetings", "make", day=DAY, at=AT),
    _deed("meetings", "make", day=DAY, at=AT),
    _deed("meetings", "move", which=WHICH, minutes=MINUTES, days=DAYS),
    _deed("meetings", "accept_proposal", which=WHICH),
    _deed("meetings", "stretch", which=WHICH, minutes=st.sampled_from([30, 60])),
    _deed("meetings", "retitle", which=WHICH),
    _deed("meetings", "turn", which=WHICH),
    _deed("meetings", "call_off", which=WHICH, with_a_word=WORD),
)
OFFICE = st.one_of(
    _deed("office", "reserve", day=DAY, at=AT, minutes=st.sampled_from([30, 60, 90])),
    _deed(
        "office",
        "reserve_group",
        day=DAY,
        at=AT,
        pattern=PATTERN,
        times=TIMES,
        without=st.integers(0, 2),
        skips=st.booleans(),
    ),
    _deed("office", "move", which=WHICH, minutes=MINUTES, days=DAYS, scope=SCOPE),
    _deed("office", "move", which=WHICH, minutes=MINUTES, days=DAYS, scope=SCOPE),
    _deed("office", "stretch", which=WHICH, minutes=st.sampled_from([30, -30, 60]), scope=SCOPE),
    _deed("office", "retitle", which=WHICH, scope=SCOPE),
    _deed("office", "cancel", which=WHICH, scope=SCOPE),
)
QUESTIONS = _deed("office", "decide", which=WHICH, approves=st.sampled_from([True, True, False]))
RULING = _deed("rules", "turn", kind=st.sampled_from([*RULES, "approval"]))
MEDDLING = st.one_of(
    _deed("meddler", "drag", which=WHICH, minutes=st.sampled_from([30, -30, 180])),
    _deed("meddler", "take_off", which=WHICH),
)
AT_ONCE = st.lists(
    st.one_of(SERIES, MEETINGS, OFFICE, OFFICE, QUESTIONS, RULING, MEDDLING),
    min_size=2,
    max_size=4,
    # Nobody changes one thing of their own twice at a time; administrators are several people.
    unique_by=lambda deed: (deed.who, deed.what, str(deed.how)) if deed.who == "office" else deed.who,
)
