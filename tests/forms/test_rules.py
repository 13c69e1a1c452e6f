"""What forms ask and what answers are worth: from values alone."""

import json
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop.forms.rules import (
    FULL,
    MOST_SKIPPED,
    Band,
    Content,
    Given,
    Kind,
    Option,
    Question,
    Section,
    as_json,
    digest,
    drawn,
    fits,
    flaws,
    from_json,
    score,
    to_mark,
)
from tests.forms.contents import ALL_RIGHT, CHECKLIST, LABEL, PARTS, WARMTH, WORDS, bank


def answers(**values):
    return {code: Given(value) for code, value in values.items()}


def lines(outcome):
    return {line.question: line for line in outcome.lines}


def test_all_right_is_all_of_it():
    outcome = score(CHECKLIST, answers(**ALL_RIGHT), {}, 6_000)
    assert (outcome.score_bp, outcome.passed, outcome.failing) == (FULL, True, [])


def test_sections_weigh_what_they_say_and_each_line_says_what_it_brought():
    outcome = score(CHECKLIST, answers(**ALL_RIGHT | {"label": "nearly"}), {}, 6_000)
    # A quarter of the whole is the page's: 1 of 3 points, and 2 of 2.
    assert outcome.score_bp == 10_000 - round(2_500 * 2 / 5)
    line = lines(outcome)["label"]
    assert (line.earned, line.worth, line.bp, line.of_bp) == (100, 300, 500, 1_500)


def test_one_no_fails_the_whole_whatever_the_points():
    outcome = score(CHECKLIST, answers(**ALL_RIGHT | {"sealed": "no"}), {}, 1)
    assert outcome.score_bp > 5_000
    assert (outcome.passed, outcome.failing) == (False, ["sealed"])


@pytest.mark.parametrize(
    ("number", "earned", "fails"),
    [(499, 0, False), (500, 200, False), (2_499, 200, False), (2_500, 0, True)],
)
def test_a_number_is_worth_what_its_band_says(number, earned, fails):
    outcome = score(CHECKLIST, answers(**ALL_RIGHT | {"warmth": number}), {}, 1)
    assert (lines(outcome)["warmth"].earned, lines(outcome)["warmth"].fails) == (earned, fails)


def test_a_wrong_choice_among_several_takes_points_and_never_more_than_there_are():
    one_wrong = score(CHECKLIST, answers(parts=["dose", "who", "cure"]), {}, 0)
    all_wrong = score(CHECKLIST, answers(parts=["cure"]), {}, 0)
    assert (lines(one_wrong)["parts"].earned, lines(all_wrong)["parts"].earned) == (100, 0)


def test_a_part_that_does_not_apply_is_left_out_and_does_not_count_as_nothing():
    left_out = answers(**ALL_RIGHT) | {"tidy": Given(skipped=True)}
    assert score(CHECKLIST, left_out, {}, 0).score_bp == FULL
    unanswered = answers(**ALL_RIGHT)
    del unanswered["tidy"]
    assert score(CHECKLIST, unanswered, {}, 0).score_bp == 10_000 - 7_500 // 5


def test_too_much_left_out_counts_as_unanswered():
    asked = bank(10, 0)
    for skipped, expected in ((4, FULL), (5, FULL // 2)):
        given_ = {f"b{n}": Given(skipped=True) for n in range(skipped)}
        given_ |= {f"b{n}": Given("yes") for n in range(skipped, 10)}
        assert skipped * 1_000 <= MOST_SKIPPED or expected < FULL
        assert score(asked, given_, {}, 0).score_bp == expected


def test_words_wait_for_a_person():
    content = Content((Section("s", "s", questions=(LABEL, WORDS)),))
    said = answers(label="same") | {"words": Given(text="擦拭货架")}
    assert score(content, said, {}, 0).score_bp is None
    assert to_mark(content, said) == [WORDS]
    assert score(content, said, {"words": 100}, 0).score_bp == 8_000
    assert score(content, answers(label="same"), {}, 0).score_bp == 6_000, "unwritten: no mark"


@pytest.mark.parametrize(
    ("question", "said", "is_one"),
    [
        (LABEL, Given("same"), True),
        (LABEL, Given("other"), False),
        (LABEL, Given(["same"]), False),
        (LABEL, Given(skipped=True), False),
        (LABEL, Given("same", text="长" * 2_001), False),
        (PARTS, Given(["dose", "dose"]), False),
        (PARTS, Given([]), True),
        (PARTS, Given([["dose"]]), False),
        (WARMTH, Given(2_050), True),
        (WARMTH, Given(True), False),
        (WARMTH, Given(20.5), False),
        (WARMTH, Given(10**13), False),
        (WORDS, Given(text=" "), False),
        (WORDS, Given(text="好"), True),
        (Question("s", Kind.SCALE, "?", points=1, steps=5), Given(6), False),
        (Question("s", Kind.SCALE, "?", points=1, steps=5), Given(None), False),
    ],
)
def test_what_is_an_answer(question, said, is_one):
    assert fits(question, said) is is_one


def section(*questions, **more):
    return Content((Section("s", more.pop("title", "s"), questions=questions, **more),))


def choosing(*options):
    return section(Question("q", Kind.SINGLE, "?", options))


def measuring(*bands):
    return section(Question("q", Kind.NUMBER, "?", bands=bands))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (Content(), "empty"),
        (section(Question("t", Kind.TEXT, "?")), "worthless"),
        (section(LABEL, LABEL), "same_code"),
        (section(LABEL, title=""), "section"),
        (section(LABEL, weight=0), "section"),
        (section(LABEL, draw=2), "draw"),
        (section(LABEL, WARMTH, draw=1), "unequal_draw"),
        (choosing(Option("a", "a", 1)), "options"),
        (choosing(Option("a", "x", 1), Option("b", "x")), "options"),
        (choosing(Option("a", "a", 1), Option("b", "b", -1)), "points"),
        (measuring(Band(0, 10, 1), Band(9, 20)), "bands"),
        (measuring(Band(None, None, 1), Band(9, 20)), "bands"),
        (section(Question("q", Kind.SCALE, "?", points=1, steps=1)), "steps"),
        (section(Question("q", Kind.SCALE, "长" * 401, points=1)), "text"),
    ],
)
def test_a_flawed_form_says_what_is_wrong(content, reason):
    assert reason in [flaw.reason for flaw in flaws(content)]


def test_a_sound_form_has_no_flaw_and_is_kept_without_a_loss():
    assert flaws(CHECKLIST) == []
    kept = json.loads(json.dumps(as_json(CHECKLIST)))
    assert from_json(kept) == CHECKLIST
    turned_round = json.loads(json.dumps(kept, sort_keys=True))
    assert digest(kept) == digest(turned_round)


@given(st.integers(0, 2**62), st.integers(1, 30), st.data())
def test_one_seed_draws_the_same_in_the_forms_order(seed, size, data):
    draw = data.draw(st.integers(1, size))
    asked = drawn(bank(size, draw), seed)
    assert asked == drawn(bank(size, draw), seed)
    assert len(set(asked)) == len(asked) == draw
    assert asked == sorted(asked, key=lambda code: int(code[1:]))


def test_over_many_seeds_every_question_is_drawn_as_often():
    counts = dict.fromkeys((f"b{n}" for n in range(10)), 0)
    for seed in range(2_000):
        for code in drawn(bank(10, 3), seed):
            counts[code] += 1
    assert all(500 < count < 700 for count in counts.values()), counts


POINTS = st.integers(0, 1_000)
CHOICE = st.builds(
    lambda first, second: (Option("a", "甲", first), Option("b", "乙", second)), POINTS, POINTS
)


@st.composite
def filled(draw):
    """Some form with what somebody answered."""
    sections, said, number = [], {}, 0
    for place in range(draw(st.integers(1, 4))):
        questions = []
        for _each in range(draw(st.integers(1, 5))):
            number += 1
            code = f"q{number}"
            questions.append(Question(code, Kind.SINGLE, "?", draw(CHOICE), may_skip=True))
            said[code] = draw(st.sampled_from([Given("a"), Given("b"), Given(skipped=True), None]))
        weight = draw(st.integers(1, 500))
        sections.append(Section(f"s{place}", "s", weight, questions=tuple(questions)))
    return Content(tuple(sections)), {code: one for code, one in said.items() if one}


@settings(max_examples=300)
@given(filled(), st.integers(0, FULL))
def test_lines_add_up_to_the_score_whatever_the_weights(sheet, pass_bp):
    content, said = sheet
    outcome = score(content, said, {}, pass_bp)
    assert sum(line.bp for line in outcome.lines) == outcome.score_bp
    assert sum(line.of_bp for line in outcome.lines) in {0, FULL}
    assert all(0 <= line.bp <= line.of_bp + 1 for line in outcome.lines)
    assert outcome.passed is (outcome.score_bp >= pass_bp)


@settings(max_examples=300)
@given(filled())
def test_the_score_is_the_sections_mean_by_weight(sheet):
    """Reckoned a second time, another way."""
    content, said = sheet
    outcome = score(content, said, {}, 0)
    how = {line.question: line.how for line in outcome.lines}
    weighed, total = Fraction(), 0
    for one in content.sections:
        counted = [q for q in one.questions if how[q.code] != "skipped"]
        worth = sum(q.worth for q in counted)
        if worth:
            got = sum(_points(q, said.get(q.code)) for q in counted)
            weighed += Fraction(one.weight * got, worth)
            total += one.weight
    exact = weighed * FULL / total if total else Fraction()
    assert abs(outcome.score_bp - exact) <= Fraction(1, 2)


def _points(question, said):
    if said is None or said.value is None:
        return 0
    return next(option.points for option in question.options if option.code == said.value)


@settings(max_examples=200)
@given(filled(), st.data())
def test_a_better_answer_never_brings_less(sheet, data):
    content, said = sheet
    question = data.draw(st.sampled_from(list(content.questions())))
    best = max(question.options, key=lambda option: option.points)
    worse = score(content, said | {question.code: Given("a")}, {}, 0)
    better = score(content, said | {question.code: Given(best.code)}, {}, 0)
    assert better.score_bp >= worse.score_bp
