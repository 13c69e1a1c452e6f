"""The rulebook: every example of it, disguises, and the demo's own texts."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.law import rules
from shop.law.rulebook import TEXTS, all_rules, scan

DAY = date(2026, 11, 22)
NOTICE = "保健食品不是药物，不能代替药物治疗疾病"


def codes(text, kind, on=DAY):
    return [finding.rule.code for finding in scan(text, kind, on)]


def examples(side):
    for rule in all_rules():
        for text in getattr(rule, side):
            for kind in sorted(rule.texts):
                yield pytest.param(rule, text, kind, id=f"{rule.code}-{kind}-{text[:12]}")


@pytest.mark.parametrize(("rule", "text", "kind"), list(examples("catches")))
def test_a_rule_catches_its_examples(rule, text, kind):
    assert rule.code in codes(text, kind)


@pytest.mark.parametrize(("rule", "text", "kind"), list(examples("spares")))
def test_a_rule_spares_what_is_lawful(rule, text, kind):
    assert rule.code not in codes(text, kind)


def test_every_rule_has_examples_of_both_and_its_reason_in_both_languages():
    assert len(all_rules()) >= 20
    assert len({rule.code for rule in all_rules()}) == len(all_rules())
    for rule in all_rules():
        assert rule.catches and rule.spares, rule.code
        assert set(rule.why) == {"zh", "en"}, rule.code
        assert bool(rule.words) != bool(rule.required), rule.code
        assert "§" in rule.law, rule.code


@pytest.mark.parametrize(
    "written",
    [
        "顶级",
        "顶 级",
        "顶\u200b级",
        "顶·级",
        "【顶】级",
        "顶-级",
        "頂级".replace("頂", "顶"),
        "顶　级",
    ],
)
def test_disguises_do_not_help_and_the_finding_points_at_what_was_written(written):
    [finding] = scan(f"选用{written}原料", "food", DAY)
    assert finding.words == written.strip("【")
    assert f"选用{written}原料"[finding.start : finding.end] == finding.words


def test_fullwidth_figures_are_read_like_others():
    assert "guaranteed-effect" in codes("１００％有效", "campaign")


def test_points_stay_and_sentences_do_not_run_together():
    assert rules.plain("1.5% 鱼·油").text == "1.5%鱼油"
    assert codes("第一，名贵；第二，新鲜", "food") == []


def test_one_text_many_findings_in_their_order():
    found = scan("国宴级鱼油，根治三高，无效退款！", "campaign", DAY)
    starts = [finding.start for finding in found]
    assert starts == sorted(starts)
    assert {"state-and-army", "cure", "guaranteed-effect"} <= {f.rule.code for f in found}


def test_the_mandatory_statement_itself_is_lawful_everywhere():
    for kind in TEXTS:
        assert codes(NOTICE + "，本品不能代替药物", kind) == []


def test_what_only_ordinary_food_may_not_say():
    claim = f"有助于增强免疫力。{NOTICE}"
    assert codes(claim, "food") == ["function-of-ordinary-food"]
    assert codes(claim, "health_food") == []


def test_a_rule_binds_from_its_day_on():
    assert codes("原价398元", "food", date(2022, 6, 30)) == []
    assert codes("原价398元", "food", date(2022, 7, 1)) == ["reference-price"]


def test_a_rule_that_was_repealed_binds_no_more():
    rule = rules.Rule(
        "old", "旧法 §1", {}, "block", frozenset({"food"}), date(2000, 1, 1),
        until=date(2010, 12, 31), words=("甲",),
    )  # fmt: skip
    assert [len(rules.scan("甲", "food", on, [rule])) for on in
            (date(1999, 12, 31), date(2000, 1, 1), date(2010, 12, 31), date(2011, 1, 1))] == [
        0, 1, 1, 0]  # fmt: skip


def test_a_kind_nobody_declared_is_a_fault_of_the_program():
    with pytest.raises(ValueError, match="poem"):
        scan("顶级", "poem")


@given(st.text(max_size=300), st.sampled_from(sorted(TEXTS)))
def test_any_text_can_be_scanned_and_findings_stand_where_they_say(text, kind):
    for finding in scan(text, kind, DAY):
        assert text[finding.start : finding.end] == finding.words
