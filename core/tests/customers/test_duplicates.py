import csv
import os
import random
from itertools import combinations, permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenon_core.customers.duplicates import (
    Code,
    Context,
    Corpus,
    Match,
    Party,
    Reason,
    Settings,
    block_keys,
    candidate_pairs,
    compare,
    describe,
    link,
    sweep,
)
from tenon_core.customers.duplicates.alignment import Word, expansion
from tenon_core.customers.duplicates.blocking import skeleton
from tenon_core.customers.duplicates.similarity import akin, similarity
from tenon_core.customers.duplicates.values import address_words, phone_key

SHARED = Path(os.environ.get("TENON_SHARED_DATA") or Path(__file__).parents[4] / "shared" / "data")


def codes(match: Match) -> set[tuple[Code, str]]:
    return {(reason.code, reason.field) for reason in match.reasons}


# ------------------------------------------------------------------------------------- two records

SAME = [
    (Code.SAME_NAME, "广州智光电气股份有限公司", "广州智光电气股份有限公司"),
    (Code.SAME_CORE, "广州智光电气股份有限公司", "廣州市智光電氣有限公司"),
    (Code.SAME_CORE, "Siemens AG", "SIEMENS Aktiengesellschaft"),
    (Code.SOUNDS_ALIKE, "广州智光电气有限公司", "广州志光电气有限公司"),
    (Code.SIMILAR_NAME, "Ficticious Metalworks", "Fictitious Metalwork Ltd"),
    (Code.ABBREVIATION, "Thunder Bay Telephone", "Tbaytel"),
    (Code.ABBREVIATION, "Society for Worldwide Interbank Telecommunication", "SWIT"),
]
DIFFERENT = [
    (Code.DIFFERENT_NAME, "阿贝拉", "阿贝力"),
    (Code.DIFFERENT_REGION, "广州宏达贸易有限公司", "深圳宏达贸易有限公司"),
    (Code.DIFFERENT_REGION, "Acme (Germany) GmbH", "Acme (France) GmbH"),
    (Code.DIFFERENT_BRANCH, "华为技术有限公司北京分公司", "华为技术有限公司上海分公司"),
    (Code.DIFFERENT_FORM, "Acme GmbH", "Acme Inc."),
]


@pytest.mark.parametrize(("code", "one", "other"), SAME)
def test_what_speaks_for_the_same_company_is_named(code, one, other):
    match = compare(Party("1", one), Party("2", other))
    assert (code, "name") in codes(match)
    assert next(r.weight for r in match.reasons if r.code is code) > 5


@pytest.mark.parametrize(("code", "one", "other"), DIFFERENT)
def test_what_speaks_against_it_is_named(code, one, other):
    match = compare(Party("1", one), Party("2", other))
    assert next(r.weight for r in match.reasons if r.code is code) < 0


def test_a_company_in_its_city_and_its_province_is_not_in_two_places():
    match = compare(Party("1", "广东智光电气有限公司"), Party("2", "广州智光电气有限公司"))
    assert (Code.DIFFERENT_REGION, "name") not in codes(match)


def test_equal_full_names_are_certain_and_other_cities_are_not():
    same = compare(Party("1", "广州宏达贸易有限公司"), Party("2", "广州宏达贸易有限公司"))
    other = compare(Party("1", "广州宏达贸易有限公司"), Party("2", "深圳宏达贸易有限公司"))
    assert same.score >= Settings().certain
    assert other.score < Settings().review


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (
            {"tax_number": "91440101MA5XXXXX1B"},
            {"tax_number": "9144 0101 ma5xxxxx1b"},
            (Code.SAME_VALUE, "tax_number"),
        ),
        (
            {"tax_number": "914401018050"},
            {"tax_number": "914401018005"},
            (Code.SIMILAR_VALUE, "tax_number"),
        ),
        (
            {"tax_number": "914401018050"},
            {"tax_number": "320500123456"},
            (Code.DIFFERENT_VALUE, "tax_number"),
        ),
        (
            {"phones": ("+86 (20) 8888-7777",)},
            {"phones": ("020-88887777转123",)},
            (Code.SAME_VALUE, "phone"),
        ),
        ({"phones": ("88887777",)}, {"phones": ("66665555",)}, (Code.DIFFERENT_VALUE, "phone")),
        (
            {"emails": ("Sales@Acme.example",)},
            {"emails": ("sales@acme.example",)},
            (Code.SAME_VALUE, "email"),
        ),
        (
            {"emails": ("a@acme.example",)},
            {"emails": ("b@acme.example",)},
            (Code.SAME_VALUE, "email_domain"),
        ),
        ({"emails": ("a@qq.com",)}, {"emails": ("b@qq.com",)}, (Code.DIFFERENT_VALUE, "email")),
        (
            {"addresses": ("广州市天河区中山大道89号",)},
            {"addresses": ("广东省广州市天河区中山大道89号",)},
            (Code.SIMILAR_VALUE, "address"),
        ),
        (
            {"attributes": {"birth_date": "1980-01-02"}},
            {"attributes": {"birth_date": "19800102"}},
            (Code.SAME_VALUE, "birth_date"),
        ),
    ],
)
def test_values_are_evidence(one, other, reason):
    match = compare(Party("1", "甲乙", **one), Party("2", "丙丁", **other))
    assert reason in codes(match)


def test_the_strongest_reason_comes_first_and_reads_as_a_sentence():
    one = Party("1", "广州智光电气有限公司", tax_number="914401018050")
    match = compare(one, Party("2", "智光电气", tax_number="914401018050"))
    weights = [abs(reason.weight) for reason in match.reasons]
    assert weights == sorted(weights, reverse=True)
    assert describe(match.reasons[0]).translate("en") == "Same tax number: 914401018050"


@pytest.mark.parametrize("code", Code)
@pytest.mark.parametrize("detail", ["", "X"])
def test_every_reason_has_a_sentence(code, detail):
    text = describe(Reason(code, "phone", 1.0, detail)).translate("en")
    assert text
    assert "{" not in text


def test_common_names_say_less_than_rare_ones():
    table = [Party(str(n), "Smith Trading") for n in range(300)]
    table += [Party("a", "Quillfeather Trading"), Party("b", "Quillfeather Trading")]
    context = Context(corpus=Corpus.of(table))
    rare, common = compare(table[-1], table[-2], context), compare(table[0], table[1], context)
    assert rare.score > common.score + 0.3


texts = st.text(max_size=20) | st.sampled_from(
    [name for _code, *pair in SAME + DIFFERENT for name in pair]
)
parties = st.builds(
    Party,
    id=st.sampled_from("abc"),
    name=texts,
    other_names=st.lists(texts, max_size=2).map(tuple),
    tax_number=st.text("0123456789", max_size=9),
    phones=st.lists(st.text("0123456789+ -", max_size=12), max_size=2).map(tuple),
    emails=st.lists(st.sampled_from(["a@x.example", "b@x.example", "@", ""]), max_size=2).map(
        tuple
    ),
    addresses=st.lists(texts, max_size=2).map(tuple),
    attributes=st.dictionaries(st.sampled_from(["born", "code"]), st.text("12", max_size=6)),
)


@settings(max_examples=150, deadline=None)
@given(parties, parties)
def test_the_score_is_symmetric_deterministic_and_a_probability(one, other):
    forth, back = compare(one, other), compare(other, one)
    assert forth.score == back.score
    assert forth.reasons == back.reasons
    assert forth == compare(one, other)
    assert 0 <= forth.score <= 1


@settings(max_examples=100, deadline=None)
@given(parties)
def test_keys_are_few_short_and_the_same_each_time(party):
    keys = block_keys(party)
    assert keys == block_keys(party)
    assert len(keys) <= Settings().max_keys
    assert all(0 < len(key) <= 64 for key in keys)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(pair for code, *pair in SAME if code is not Code.ABBREVIATION),
        ("IBM", "International Business Machines"),
        ("Society for Worldwide Interbank Telecommunication", "SWIT"),
        ("RailCorp", "Rail Corporation New South Wales"),
    ],
)
def test_duplicates_share_a_key(one, other):
    assert block_keys(Party("1", one)) & block_keys(Party("2", other))


def test_words_with_usual_slips_have_the_same_skeleton():
    assert skeleton("muller") == skeleton("mueller") == skeleton("miller")
    assert skeleton("smith") == skeleton("smyth")


def test_phones_and_addresses_are_read():
    assert phone_key("0086-20-8888 7777 ext. 12") == "88887777"
    assert phone_key("123") == ""
    assert address_words("广东省广州市天河区中山大道89号") == (
        "广东",
        "广州",
        "天河区",
        "中山大道",
        "89",
        "号",
    )


# ------------------------------------------------------------------------------------- whole tables


def persons() -> list[Party]:
    with (SHARED / "duplicates/febrl/dataset3.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            {k.strip(): v.strip() for k, v in row.items()}
            for row in csv.DictReader(file, skipinitialspace=True)
        ]
    place = ("street_number", "address_1", "address_2", "suburb", "state")
    return [
        Party(
            id=row["rec_id"],
            name=f"{row['given_name']} {row['surname']}",
            tax_number=row["soc_sec_id"],
            addresses=(" ".join(row[column] for column in place),),
            attributes={"birth_date": row["date_of_birth"], "postcode": row["postcode"]},
        )
        for row in rows
    ]


def same_person(one: str, other: str) -> bool:
    return one.split("-")[1] == other.split("-")[1]


def test_blocking_reaches_the_duplicates_of_febrl_with_few_pairs():
    table = persons()
    truth = sum(same_person(a.id, b.id) for a, b in combinations(table, 2))
    found = {(a, b) for a, b, _ordinary in candidate_pairs(table, Settings())}
    reached = sum(same_person(table[a].id, table[b].id) for a, b in found)
    assert truth == 6538
    assert reached / truth >= 0.995
    assert len(found) <= 30 * len(table)


def test_a_sweep_finds_the_duplicates_of_febrl():
    table = [p for p in persons() if int(p.id.split("-")[1]) < 500]
    truth = {frozenset((a.id, b.id)) for a, b in combinations(table, 2) if same_person(a.id, b.id)}
    found = [frozenset((m.left, m.right)) for m in sweep(table)]
    assert len(found) == len(set(found))
    hits = len(truth & set(found))
    assert 2 * hits / (len(truth) + len(found)) >= 0.98


def companies(size: int) -> list[Party]:
    draw = random.Random(11)
    first = "华中天金新宏东海盛德永兴瑞泰恒通达利丰嘉富鑫安康隆远正伟宇科龙凯"
    pairs = ["".join(p) for p in permutations(first, 3)]
    brands = draw.sample(pairs, size)
    trades = ["电气", "机械", "贸易", "科技", "设备", "化工"]
    cities = ["广州", "深圳", "上海", "苏州", "成都"]
    return [
        Party(str(n), f"{draw.choice(cities)}市{brand}{draw.choice(trades)}有限公司")
        for n, brand in enumerate(brands)
    ]


def test_a_sweep_finds_what_was_planted_among_many_companies():
    table = companies(20_000)
    planted = {}
    for n in range(0, 20_000, 100):
        name = table[n].name
        variants = (
            name.replace("市", ""),
            name.replace("有限公司", "有限责任公司"),
            name[3:].replace("有限公司", ""),
        )
        copy = Party(f"copy-{n}", variants[n // 100 % 3])
        planted[frozenset((table[n].id, copy.id))] = copy
    table += planted.values()
    steps = []
    pairs = sum(1 for _ in candidate_pairs(table, Settings()))
    found = {
        frozenset((m.left, m.right))
        for m in sweep(table, progress=lambda d, n: steps.append(d / n))
    }
    assert len(found & planted.keys()) / len(planted) >= 0.97
    assert pairs <= 12 * len(table)
    assert steps == sorted(steps)
    assert steps[-1] == 1


def test_a_key_that_everybody_has_costs_a_window_only():
    table = [Party(str(n), f"Firm{n:04} Trading", phones=("88888888",)) for n in range(1000)]
    limits = Settings(max_block=20, window=3)
    pairs = sum(1 for _ in candidate_pairs(table, limits))
    assert pairs <= 15 * len(table)


def test_an_empty_table_and_empty_records_have_no_duplicates():
    assert list(sweep([])) == []
    assert list(sweep([Party("1"), Party("2")])) == []
    assert list(link([], [Party("1", "Acme")])) == []


# -------------------------------------------------------------------------------------------- lists

LEFT = [
    Party("l1", "Health Board (Ireland)"),
    Party("l2", "Health Board (Scotland)"),
    Party("l3", "Thunder Bay Telephone"),
    Party("l4", "Generalitat of Catalonia"),
    Party("l5", "Yuzhnoye Design Bureau"),
]


@pytest.mark.parametrize(
    ("name", "partner"),
    [
        ("Irish Health Board", "l1"),
        ("Tbaytel", "l3"),
        ("Yuzhnoye Design Office", "l5"),
        ("Completely Unrelated Enterprise", None),
    ],
)
def test_each_record_is_linked_to_its_best_partner(name, partner):
    found = [m.left for m in link(LEFT, [Party("r", name)])]
    assert found == ([partner] if partner else [])


def test_rivals_lower_the_score():
    rivals = [*LEFT, Party("l6", "Yuzhnoye Design Agency")]
    right = [Party("r", "Yuzhnoye Design Office")]
    (alone,) = link(LEFT, right, Settings(review=0))
    (contested,) = link(rivals, right, Settings(review=0))
    assert contested.score < alone.score
    assert contested.score <= 0.55


def test_one_to_one_gives_no_partner_twice():
    right = [Party("r1", "Tbaytel"), Party("r2", "Thunder Bay Telephone")]
    assert sorted(m.right for m in link(LEFT, right)) == ["r1", "r2"]
    assert [m.right for m in link(LEFT, right, one_to_one=True)] == ["r2"]


def test_a_word_that_the_list_has_itself_is_no_slip():
    left = [Party("l1", "Rogue Regional Mill"), Party("l2", "Rouge Valley Centenary")]
    right = [Party("r", "Rogue Valley Mill")]
    strict, lax = (
        next(link(left, right, Settings(review=0, known_word=share))) for share in (0.0, 1.0)
    )
    assert strict.left == "l1"
    assert strict.score > lax.score or lax.left == "l2"


def test_the_spelling_tips_the_scales():
    names = ["Harbour Organisation", "Harbour Organization"]
    right = [Party("r", "Harbour Organization (Bremen)")]
    for order in (names, names[::-1]):
        (match,) = link([Party(name, name) for name in order], right, Settings(review=0))
        assert match.left == "Harbour Organization"


def test_a_partner_with_a_twin_in_its_list_is_doubted():
    left = [*LEFT, Party("l6", "Kestrel Iron Foundry"), Party("l7", "Kestrel Iron Foundry North")]
    right = [Party("r", "Kestrel Iron Heritage Museum")]
    doubted, plain = (
        next(link(left, right, Settings(review=0, closer_rival=bits))) for bits in (3.0, 0.0)
    )
    assert doubted.left == plain.left == "l6"
    assert doubted.score < plain.score


def test_the_share_with_partners_is_learnt_from_the_list():
    sought = Party("r", "Yuzhnoye Office")
    partners = [Party(f"p{n}", party.name) for n, party in enumerate(LEFT)]
    strangers = [Party(f"s{n}", f"Unheard{n} Enterprise {n}") for n in range(5)]
    among_partners, among_strangers = (
        next(m for m in link(LEFT, [sought, *others], Settings(review=0)) if m.right == "r")
        for others in (partners, strangers)
    )
    assert among_partners.left == among_strangers.left == "l5"
    assert among_partners.score > among_strangers.score + 0.05


# ------------------------------------------------------------------------------- places and words


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("Acme (Toronto)", "Acme, Hong Kong", True),
        ("Acme (Manhattan)", "Acme (New York)", False),
        ("Acme (Munich)", "Acme (Germany)", False),
        ("Acme (Munich)", "Acme (France)", True),
        ("Boston Scientific", "Chicago Scientific", False),
    ],
)
def test_cities_in_brackets_are_places(one, other, apart):
    match = compare(Party("1", one), Party("2", other))
    assert ((Code.DIFFERENT_REGION, "name") in codes(match)) is apart


def test_a_city_speaks_for_the_state_it_lies_in_and_a_state_for_no_nation():
    floor = Settings().word_similarity
    assert similarity("charlottetown", "prince_edward_island", floor) > 0.5
    assert similarity("canada", "charlottetown", floor) > 0.5
    assert similarity("charlottetown", "ontario", floor) == 0
    assert similarity("ontario", "canada", floor) == 0


@pytest.mark.parametrize(
    ("one", "other", "related"),
    [
        ("communication", "communications", True),
        ("economy", "economic", True),
        ("tax", "taxation", True),
        ("rogue", "rouge", False),
        ("dartford", "hartford", False),
        ("usc", "musc", False),
    ],
)
def test_forms_of_a_word_are_told_from_slips(one, other, related):
    assert akin(one, other) is akin(other, one) is related


def test_words_joined_by_and_are_not_put_together():
    words = [Word("rail", 9.0), Word("and", 0.0, significant=False), Word("road", 9.0)]
    assert expansion("railroad", words) is None
    assert expansion("railroad", [words[0], words[2]]) == (0, 2, 2)
