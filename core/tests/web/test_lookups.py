"""Typeahead and command palette: what one finds by typing, and what one does not."""

import pytest

from tenon_core.web.pages.lookups import second_line
from tenon_core.web.pages.palette import fits
from tenon_core.web.pages.recent import COOKIE


@pytest.fixture
def ask(web):
    def get(login, path, status=200, **headers):
        headers = {
            "Authorization": f"Bearer {web.token(login)}", "Accept-Language": "en",
            "HX-Request": "true", **headers,
        }  # fmt: skip
        answer = web.client.get(path, headers=headers)
        assert answer.status_code == status, answer.text[:500]
        return answer

    return get


def test_lookup_by_pinyin_within_reach(web, ask):
    mine = web.account("own", name="广东宏达机械有限公司")
    web.account("all", name="宏达化工")
    found = ask("own", "/lookup/core/account?q=hdjx").json()
    assert [one["id"] for one in found] == [mine]
    assert found[0]["text"] == "广东宏达机械有限公司"
    assert found[0]["sub"].startswith("C-")
    assert len(ask("all", "/lookup/core/account?q=hongda").json()) == 2
    assert ask("own", "/lookup/core/account?q=zzzz").json() == []
    ask("nobody", "/lookup/core/account?q=h", 403)
    ask("own", "/lookup/core/nothing?q=h", 404)
    ask("own", "/lookup/core/account?q=h&nonsense=1", 422)


def test_lookup_without_a_text_has_recent_ones_first(web, ask):
    ids = [web.account("own", name=name) for name in ("A", "B", "C")]
    hidden = web.account("all", name="Hidden")
    assert [one["text"] for one in ask("own", "/lookup/core/account").json()] == ["A", "B", "C"]
    cookie = f"{COOKIE}=core.account~{hidden}|core.account~{ids[2]}|nonsense~1|core.account~x"
    found = ask("own", "/lookup/core/account", Cookie=cookie).json()
    assert [one["text"] for one in found] == ["C", "A", "B"]


def test_lookup_of_what_no_index_knows(web, ask):
    web.order("own", name="Lathe order")
    assert ask("own", "/lookup/lathe/order?q=lathe").json()[0]["text"] == "Lathe order"


def test_palette_finds_records_pages_and_actions(web, ask):
    web.account("own", name="广东宏达机械有限公司")
    web.account("all", name="宏达化工")
    text = ask("own", "/palette?q=hongda").text
    assert "广东宏达机械有限公司" in text
    assert "化工" not in text
    assert 'href="/core/account"' in ask("own", "/palette?q=kehu").text
    assert 'href="/core/account"' in ask("own", "/palette?q=acc").text
    assert 'href="/core/account/new"' in ask("own", "/palette?q=new acc").text
    assert 'href="/core/account/new"' not in ask("viewer", "/palette?q=new acc").text
    assert 'href="/core/account"' not in ask("nobody", "/palette?q=acc").text
    assert 'data-set-theme="toggle"' in ask("own", "/palette?q=dark").text
    assert "Nothing found" in ask("own", "/palette?q=qqqqqq").text


def test_palette_without_a_text_offers_what_was_opened(web, ask):
    id_ = web.account("own", name="Opened")
    hidden = web.account("all", name="Hidden")
    cookie = f"{COOKIE}=core.account~{id_}|core.account~{hidden}"
    text = ask("own", "/palette", Cookie=cookie).text
    assert "Opened lately" in text
    assert f"/core/account/{id_}" in text
    assert "Hidden" not in text
    assert 'role="option"' in text
    assert text.count('aria-selected="true"') == 1
    assert "Opened lately" not in ask("own", "/palette").text


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("客", True), ("kh", True), ("kehu", True), ("hu", True), ("cust", True), ("li", True),
        ("cl", True), ("new cust", False), ("xyz", False), ("", False), ("...", False),
    ],
)  # fmt: skip
def test_what_fits(typed, found):
    assert fits(["Customer list", "客户"], typed) is found


def test_codes_have_labels():
    from tenon_core.entities import Activity

    assert second_line(Activity, "visit") == "Visit"
    assert second_line(Activity, None) is None
