"""The model card says what the results say."""

import pytest

from nlp.card import goals, good, page


def figure(value, rows=100, **more):
    return {
        "measure": "F1",
        "rows": rows,
        "value": value,
        "interval": [value - 0.01, value + 0.01],
        "task": "x",
        **more,
    }


@pytest.fixture
def results():
    labels = {"negative": {"rows": 60, "precision": 0.5, "recall": 0.25, "f1": 0.3333}}
    confused = {"labels": ["negative", "neutral", "positive"], "counts": [[41, 2, 3], [4, 52, 6], [7, 8, 63]]}
    languages = {"de": {"rows": 50, "value": 0.712}, "hi": {"rows": 50, "value": 0.413}}
    figures = {
        "tweeteval_sentiment": figure(0.761, calibration=0.034, by_label=labels, confusion=confused),
        "umsab": figure(0.66, by_language=languages, confusion=confused),
        "tweeteval_emotion": figure(0.701, also=figure(0.655)),
        "written_urgency": figure(0.9),
    }
    wrong = {"text": "Lovely | no signal", "lang": "en", "why": "irony", "expected": {"irony": "yes"}}
    run = {"revision": "old", "start": None, "recipe": {"seed": 3}, "minutes": 9, "seen": 5, "dev": {"umsab": 0.61}}
    last = {**run, "revision": "abc", "start": "old", "recipe": {"seed": 0}, "dev": {"umsab": 0.66}, "note": "longer"}
    return {
        "name": "earshot-test",
        "revision": "abc",
        "base": {"name": "a/base", "revision": "1"},
        "recipe": {"learning_rate": 0.1},
        "stages": [],
        "data": {"umsab/train_dev.jsonl.gz": 1_234, "written": 5},
        "dropped": {"umsab/train_dev.jsonl.gz": 17},
        "dev": {
            "figures": figures,
            "in_float": {"figures": {"umsab": 0.663}, "agree": {"irony": 0.9931}},
            "cuts": {"irony": {"irony": 0.37}},
            "hard": {
                "rows": 60,
                "right": 59,
                "labels": 90,
                "labels_right": 89,
                "wrong": [{**wrong, "heard": {"irony": "no"}}],
            },
        },
        "others": {"language": {"a detector": 0.709}},
        "compared": {
            "umsab": {
                "measure": "macro F1",
                "rows": 100,
                "taught": 8_000,
                "ways": {
                    "VADER": {"value": 0.401, "interval": [0.3, 0.5]},
                    "regression on the base embedding": {"value": 0.58, "interval": [0.5, 0.6]},
                },
            }
        },
        "runs": [run, last],
    }


def line(card, start):
    return next(line for line in card.splitlines() if line.startswith(start))


def test_goals_are_told_with_what_was_reached_and_what_fell_short(results):
    card = page(results)
    assert "| 72.5 | 75.0 | 76.1 (75.1 to 77.1) | reached |" in line(card, "| TweetEval sentiment, macro recall")
    assert "| 66.0 | 71.0 | 66.0 (65.0 to 67.0) | first step |" in line(card, "| UMSAB sentiment")
    assert "| 74.0 | 80.0 | 70.1 (69.1 to 71.1) | below |" in line(card, "| TweetEval emotion")
    assert "| 0.050 | 0.020 | 0.034 | first step |" in line(card, "| Calibration")
    assert "not measured" in line(card, "| TweetEval irony")
    assert line(card, "- UMSAB").endswith("5.0 points below the goal")
    assert line(card, "- Calibration").endswith("0.014 above the goal")
    assert "- TweetEval sentiment" not in card
    assert f"**1 of {len(goals())} goals are reached.**" in card


def test_less_is_better_for_errors():
    error = next(goal for goal in goals() if goal.get("least"))
    assert good(error, error["goal"])
    assert not good(error, error["goal"] + 0.001)
    assert good(error, error["goal"] + 0.001, step="first")
    assert not good(error, None)


def test_what_the_small_size_loses_is_told_figure_by_figure(results):
    lost = {
        "tweeteval_sentiment": {**results["dev"]["figures"]["tweeteval_sentiment"], "value": 0.751},
        "umsab": figure(0.644),
        "written_urgency": figure(0.9),
    }
    small = results | {
        "name": "earshot-small",
        "revision": "def",
        "recipe": {"layers": [1, 3, 5]},
        "seen": 10,
        "dev": {"figures": lost, "in_float": {"figures": {"umsab": 0.65}}},
    }
    card = page(results, small)
    assert "`earshot-small`, revision `def`: 3 of the twelve layers" in card
    # 1.0, 1.6 and 0.0 points below.
    assert "1 of 3 do." in card
    assert line(card, "| UMSAB sentiment | F1 | 66.0 | 64.4").endswith("| -1.6 | -0.6 |  |")


def test_everything_that_was_measured_is_in_the_card(results):
    card = page(results)
    assert "de 71.2 (50), hi 41.3 (50)" in card
    assert "| TweetEval sentiment | negative | 60 | 50.0 | 25.0 | 33.3 |" in card
    assert "| positive | 7 | 8 | 63 |" in card
    assert "| irony | irony 0.37 |" in card
    assert "| written for Earshot: urgency | F1 | 100 | 90.0 (89.0 to 91.0) |" in card
    assert "the macro F1 is 65.5 (64.5 to 66.5)" in card


def test_each_step_shows_what_it_gains(results):
    gained = line(page(results), "| UMSAB sentiment | macro F1 | 40.1")
    assert gained == "| UMSAB sentiment | macro F1 | 40.1 |  | 58.0 |  | 66.0 (65.0 to 67.0) | +8.0 |"


def test_data_is_told_with_its_terms_and_what_was_dropped(results):
    card = page(results)
    assert "| 1,234 | 17 | Apache-2.0 (the repository) | cardiffnlp/xlm-t |" in card
    assert "17 rows were dropped" in card
    assert "only measured with, never trained on" in card


def test_every_run_is_told_and_which_one_ships(results):
    card = page(results)
    assert line(card, "| `old` |") == f"| `old` | the base | 3 | 5 | 9 |  | 61.0 |{'  |' * 9}"
    assert line(card, "| `abc` |").endswith(" | **ships** longer |")


def test_what_was_tried_for_a_missed_goal_is_told_with_its_figures(results):
    card = page(results)
    tried = card.partition("**UMSAB sentiment")[2].partition("- **")[0]
    assert tried.splitlines()[1:] == [
        "  - old: 61.0",
        "  - longer: 66.0",
        "  - VADER: 40.1",
        "  - regression on the base embedding: 58.0",
    ]
    assert "**TweetEval sentiment, macro recall**" not in card
    results["dev"]["figures"]["language"] = figure(0.9)
    assert "  - a detector: 70.9" in page(results)


def test_what_rounding_costs_is_told(results):
    card = page(results)
    assert "| UMSAB sentiment | 66.0 | 66.3 | -0.3 |" in card
    assert "| irony | 99.3% |" in card


def test_failures_are_told_with_what_was_meant_and_heard(results):
    card = page(results)
    assert "| irony | en | Lovely \\| no signal | irony yes | irony no |" in card
    assert "89 of 90 labels" in card
