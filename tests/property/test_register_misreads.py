"""What holds however badly plates are read and in whatever order sightings are told."""

from datetime import timedelta

from cars import ADA, at, car, lot
from hypothesis import given, settings
from hypothesis import strategies as st

from platewise.errors import Conflict, InputError
from platewise.register import desk, review
from platewise.register.lots import admit
from platewise.register.values import Decision, LotState, Sighting

NEIGHBOURS = ("AB12CDE", "AB12CDF", "A812CDE", "AB12CE", "AB21CDE", "ZX98WVU", "ZX98WVV", "")
sightings = st.builds(
    car,
    st.integers(0, 2000).map(lambda n: n / 10),
    st.sampled_from(NEIGHBOURS),
    st.sampled_from(("in", "out", "both")),
    st.sampled_from((None, None, "allowed", "denied")),
    st.sampled_from((0.2, 0.6, 0.99)),
)
corrections = st.tuples(st.integers(0, 99), st.sampled_from(NEIGHBOURS[:-1]))
merges = st.tuples(st.integers(0, 99), st.integers(0, 99))
acts = st.one_of(sightings, sightings, sightings, corrections, merges, st.just("split"), st.just("give up"))


def decide(act: object, state: LotState) -> Decision | None:
    """Return what an act leads to; None where it contradicts what is known."""
    names = list(state.visits)
    try:
        match act:
            case Sighting():
                return admit(act, state)
            case "give up":
                return review.give_up(state, at(150))
            case "split":
                return next(
                    (desk.split(state, v.id, ADA) for v in state.visits.values() if v.exit and v.entry), None
                )
            case (int(n), str(plate)) if names:
                return desk.correct(state, names[n % len(names)], plate, ADA)
            case (int(n), int(m)) if names and n % len(names) != m % len(names):
                return desk.merge(state, names[n % len(names)], names[m % len(names)], ADA)
    except (Conflict, InputError):
        return None
    return None


def check(state: LotState) -> None:
    """Check what must always hold."""
    assert 0 <= state.occupied <= state.lot.capacity
    texts = [v.entry.reading.text for v in state.inside if v.entry and v.entry.reading.text]
    assert len(texts) == len(set(texts)), "a plate is inside twice"
    told = [s.key for v in state.visits.values() for s in (v.entry, v.exit) if s]
    assert len(told) == len(set(told)), "a sighting is in two visits"
    assert all(v.left >= v.entered for v in state.visits.values() if v.left and v.entered)
    assert all(name == v.id for name, v in state.visits.items())


@settings(max_examples=150, deadline=None)
@given(st.lists(acts, max_size=40))
def test_whatever_is_told_the_register_stays_sound(history: list[object]) -> None:
    start = state = lot(3, lost_after=timedelta(minutes=100))
    kept = []
    for act in history:
        if decision := decide(act, state):
            kept.append(decision)
            if isinstance(act, Sighting):
                again = admit(act, state.after(decision))
                assert not again.changes or (decision.event and decision.event.kind == "Refused")
            state = state.after(decision)
            check(state)
    for decision in kept:
        start = start.after(decision)
    assert start == state
