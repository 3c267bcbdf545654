"""The Sources page lists the inputs of many results shortly, and loses none."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from euromesh.book.batches import WORTH, batches, listing

IDS = [f"x.p{number:03}" for number in range(120)]
subsets = st.sets(st.sampled_from(IDS)).map(frozenset)


@given(inputs=subsets, anchors=st.dictionaries(st.sampled_from("abcd"), subsets))
def test_a_listing_stands_for_exactly_the_inputs(
    inputs: frozenset[str], anchors: dict[str, frozenset[str]]
) -> None:
    found = listing(sorted(inputs), anchors)
    read = frozenset[str]().union(*(anchors[key] for key in found.anchors))
    assert (read | set(found.own)) - set(found.without) == inputs
    assert set(found.without) <= read
    assert not set(found.own) & read


@given(inputs=subsets, anchors=st.dictionaries(st.sampled_from("abcd"), subsets))
def test_a_listing_with_anchors_is_shorter(
    inputs: frozenset[str], anchors: dict[str, frozenset[str]]
) -> None:
    found = listing(sorted(inputs), anchors)
    spared = len(inputs) - len(found.own) - len(found.without)
    assert spared >= WORTH * len(found.anchors)


def test_a_finish_date_lists_its_own_inputs_and_others_refer_to_it() -> None:
    def row(names: list[str]) -> dict[str, Any]:
        return {"inputs": names}

    results = {
        "a.finish_date": row(IDS[:50]),
        "a.twin": row(IDS[:50]),
        "b.few": row(IDS[:3]),
        "c.more": row(IDS[1:55]),
    }
    found = {keys[0]: (one, keys) for one, keys in batches(results)}
    assert found["a.finish_date"][0].anchors == ()
    assert found["a.finish_date"][1] == ["a.finish_date", "a.twin"]
    assert found["b.few"][0].own == tuple(IDS[:3])
    more, _ = found["c.more"]
    assert (more.anchors, more.own, more.without) == (
        ("a.finish_date",), tuple(IDS[50:55]), (IDS[0],),
    )  # fmt: skip
