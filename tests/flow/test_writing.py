"""Stories are written by a fake model on a real Postgres: once, again when they change, and by whichever worker lives."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace
from datetime import timedelta

import pytest

from core.db.engine import Database
from core.types import Origin
from summarize import relabel
from tests.fakes.openai import Request
from tests.fakes.openai.requests import Json
from tests.fakes.openai.writers import honest, posts_in
from tests.flow import feed
from tests.flow.writing import FURTHER, OPENING, Model, desk, kind

FIRST = feed.post(1, 1, OPENING, minutes=0)
FORWARD = feed.post(3, 1, OPENING, minutes=90, origin=Origin(name="Канал 1", channel_id=1001, message_id=1))
SECOND = feed.post(2, 1, FURTHER, minutes=120)
OTHER = "Пеку хлеб на закваске по выходным, вот рецепт на ржаной муке и тмине: замес утром, печь вечером."


async def test_a_story_is_written_once(database: Database, pool: Executor) -> None:
    """A second run finds everything up to date and asks nothing."""
    async with desk(database, pool) as at:
        await at.bring(FIRST)
        assert (await at.write()).written == 1
        assert (await at.write()).current == 1
        assert len(at.asked()) == 1
        card = await at.card()
        assert card.written_by == "summary.v1, fake-model"
        assert {sentence.post_id for sentence in card.claims} == {await at.number(FIRST)}
        assert not any(sentence.is_new for sentence in card.claims)


async def test_a_copy_costs_nothing_and_is_no_news(database: Database, pool: Executor) -> None:
    """A forward of a post that was told makes no call, no version and, to a reader of the first digest, no update."""
    async with desk(database, pool) as at:
        await at.bring(FIRST)
        await at.write()
        await at.bring(FORWARD)
        assert (await at.write()).current == 1
        assert len(at.asked()) == 1
        card = await at.card(since=feed.START + timedelta(minutes=60))
        assert len(card.posts) == 2
        assert card.written_by
        assert not any(sentence.is_new for sentence in card.claims)


async def test_a_copy_that_comes_to_light_later_costs_nothing(database: Database, pool: Executor) -> None:
    """When the origin of a forward is read after the forward, what was written of the forward stays."""
    async with desk(database, pool) as at:
        await at.bring(FORWARD)
        await at.write()
        await at.bring(FIRST)
        await at.write()
        assert len(at.asked()) == 1
        assert (await at.card()).written_by


async def test_what_is_new_is_told_as_new(database: Database, pool: Executor) -> None:
    """An independent post makes a second version: only what no earlier one said is new, and the first stays in history."""
    async with desk(database, pool) as at:
        await at.bring(FIRST)
        await at.write()
        await at.bring(SECOND)
        assert await at.together(FIRST, SECOND)
        assert (await at.write()).written == 1
        first, second = await at.versions()
        assert (first.version, second.version) == (1, 2)
        assert not any(claim.is_new for claim in (*first.gist, *first.claims))
        new = [claim.text for claim in (*second.gist, *second.claims) if claim.is_new]
        assert [sentence for sentence in new if "61,4" in sentence] == new != []
        assert "Apache" not in " ".join(new)


async def test_a_reader_of_the_first_digest_sees_the_update(database: Database, pool: Executor) -> None:
    """What the second version adds is new and first to who was told before it, and plain to who was not."""
    async with desk(database, pool) as at:
        await at.bring(FIRST)
        await at.write()
        await at.bring(SECOND)
        await at.write()
        card = await at.card(since=feed.START + timedelta(minutes=60))
        assert "61,4" in card.sentences[0].text
        assert [sentence.is_new for sentence in card.sentences] == [True, False, False]
        before = await at.card(since=feed.START - timedelta(minutes=60))
        assert not any(sentence.is_new for sentence in before.claims)
        assert not any(sentence.is_new for sentence in (await at.card()).claims)


class Rephrasing(Model):
    """Says in the second version of a summary what it said in the first, in other words, and one thing more."""

    def __call__(self, request: Request) -> Json | str:
        if kind(request) != "summary":
            return super().__call__(request)
        shown = posts_in(request.user)
        claims = [{"text": "Модель Torvex-9B обучена на 4 трлн токенов.", "posts": [1], "kind": "attributed"}]
        if len(shown) > 1:
            claims = [
                {"text": "Для тренировки Torvex-9B понадобилось 4 трлн токенов.", "posts": [1], "kind": "attributed"},
                {"text": "На DeskBench модель Torvex-9B набрала 61,4 балла.", "posts": [2], "kind": "attributed"},
            ]
        return {
            "title": "Лаборатория «Медный кот» открыла веса модели Torvex-9B",
            "gist": {"text": "Лаборатория «Медный кот» открыла веса модели Torvex-9B.", "posts": [1]},
            "claims": claims,
            "topics": [],
            "language": "ru",
        }


async def test_other_words_are_no_update(database: Database, pool: Executor) -> None:
    """A claim that an earlier version made in other words is new neither in the books nor to a reader."""
    async with desk(database, pool, Rephrasing()) as at:
        await at.bring(FIRST)
        await at.write()
        await at.bring(SECOND)
        await at.write()
        kept = {claim.text: claim.is_new for claim in (await at.versions())[-1].claims}
        card = await at.card(since=feed.START + timedelta(minutes=60))
        shown = {sentence.text: sentence.is_new for sentence in card.claims}
        assert [text for text, is_new in kept.items() if is_new] == [
            "На DeskBench модель Torvex-9B набрала 61,4 балла."
        ]
        assert [text for text, is_new in shown.items() if is_new] == [
            "На DeskBench модель Torvex-9B набрала 61,4 балла."
        ]


async def test_the_model_is_told_what_was_said_before(database: Database, pool: Executor) -> None:
    """The first prompt speaks of no earlier summary; the second holds the claims of the first."""
    async with desk(database, pool) as at:
        await at.bring(FIRST)
        await at.write()
        await at.bring(SECOND)
        await at.write()
        first, second = at.asked()
        said = [claim.text for claim in (await at.versions())[0].gist]
        assert "An earlier summary said" not in first.user
        assert said
        assert all(f"- {sentence}" in second.user for sentence in said)


# --- posts that change or go ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", [True, False], ids=["indexed", "not indexed yet"])
async def test_what_was_written_of_an_edited_post_is_gone(database: Database, pool: Executor, *, index: bool) -> None:
    """From the moment of the edit the card has the posts' own sentences, until the story is written again."""
    async with desk(database, pool) as at:
        await at.bring(FIRST)
        await at.write()
        await at.edit(FIRST, OPENING.replace("4 трлн", "5 трлн"), index=index)
        card = await at.card()
        assert card.written_by == ""
        assert "4 трлн" not in " ".join(sentence.text for sentence in card.claims)
        await at.index()
        assert (await at.write()).written == 1
        card = await at.card()
        assert card.written_by
        assert "5 трлн" in " ".join(sentence.text for sentence in card.claims)


@pytest.mark.parametrize("index", [True, False], ids=["indexed", "not indexed yet"])
async def test_what_was_written_of_a_deleted_post_is_gone(database: Database, pool: Executor, *, index: bool) -> None:
    """From the moment of the deletion nothing that was written of the post is shown."""
    async with desk(database, pool) as at:
        await at.bring(FIRST, SECOND)
        await at.write()
        assert "61,4" in " ".join(sentence.text for sentence in (await at.card()).claims)
        await at.delete(SECOND, index=index)
        card = await at.card()
        assert card.written_by == ""
        await at.index()
        await at.write()
        card = await at.card()
        assert card.written_by
        assert "61,4" not in " ".join(sentence.text for sentence in card.claims)


async def test_a_copy_takes_the_place_of_a_deleted_post(database: Database, pool: Executor) -> None:
    """When a post goes of which a copy is left, the summary comes back without a call, and cites the copy."""
    async with desk(database, pool) as at:
        copy = replace(FORWARD, origin=None)
        await at.bring(FIRST, copy)
        await at.write()
        await at.delete(FIRST)
        await at.write()
        card = await at.card()
        assert len(at.asked()) == 1
        assert card.written_by
        assert {sentence.post_id for sentence in card.claims} == {await at.number(copy)}


async def test_an_edit_taken_back_costs_nothing(database: Database, pool: Executor) -> None:
    """A text that was written of before is not asked about again."""
    async with desk(database, pool) as at:
        await at.bring(FIRST)
        await at.write()
        await at.edit(FIRST, OPENING.replace("4 трлн", "5 трлн"))
        await at.write()
        at.now += timedelta(hours=1)
        await at.edit(FIRST, OPENING)
        assert (await at.write()).reused == 1
        assert len(at.asked()) == 2
        card = await at.card()
        assert card.written_by
        assert "4 трлн" in " ".join(sentence.text for sentence in card.claims)
        assert [version.version for version in await at.versions()] == [1, 2, 3]


async def test_the_same_words_on_another_day_are_another_story(database: Database, pool: Executor) -> None:
    """A text that says "завтра" is written again when it is posted weeks later: its days are others."""
    words = "Завтра в лектории «Тихий звук» пройдёт семинар о рекомендациях: три доклада, вход свободный для всех."
    early, late = feed.post(1, 1, words, minutes=0), feed.post(2, 1, words, minutes=60 * 24 * 16)
    async with desk(database, pool, tariff={"at_once": 1}) as at:
        at.now = feed.START + timedelta(days=17)
        await at.bring(early, late)
        assert not await at.together(early, late)
        await at.write()
        found = {card.posts[0].id: " ".join(item.text for item in card.claims) for card in await at.cards()}
        assert "2 сентября" in found[await at.number(early)]
        assert "18 сентября" in found[await at.number(late)]


# --- stories that merge and split -------------------------------------------------------------------------------------


async def test_a_merged_story_is_written_anew_and_keeps_its_history(database: Database, pool: Executor) -> None:
    """When two stories become one, one summary is made of both, in which what either said before is not new."""
    apart = feed.post(2, 1, OTHER, minutes=120)
    async with desk(database, pool) as at:
        await at.bring(FIRST, apart)
        assert (await at.write()).written == 2
        await at.edit(apart, FURTHER)
        assert await at.together(FIRST, SECOND)
        assert (await at.write()).written == 1
        card = await at.card()
        assert card.written_by
        assert {post for sentence in card.claims for post in sentence.post_ids} == {post.id for post in card.posts}
        new = [claim.text for claim in (await at.versions())[-1].claims if claim.is_new]
        assert all("61,4" in sentence or "выложил" in sentence for sentence in new)


async def test_a_story_that_splits_is_written_in_both_parts(database: Database, pool: Executor) -> None:
    """Each part has a summary of its own posts alone; what was written of the whole is shown of neither."""
    async with desk(database, pool) as at:
        await at.bring(FIRST, SECOND)
        await at.write()
        await at.edit(SECOND, OTHER)
        assert all(card.written_by == "" for card in await at.cards())
        await at.write()
        cards = await at.cards()
        assert len(cards) == 2
        for card in cards:
            assert card.written_by
            assert {post for item in card.claims for post in item.post_ids} <= {post.id for post in card.posts}


async def test_a_story_is_written_in_each_language(database: Database, pool: Executor) -> None:
    """Each language is asked for once and told apart; sentences of a post in another language are no summary in it."""
    async with desk(database, pool, in_their_language) as at:
        at.langs = ("ru", "en")
        await at.bring(FIRST)
        assert (await at.write()).written == 2
        assert (await at.write()).current == 2
        assert len(at.asked()) == 2
        assert "обучена" in (await at.card(lang="ru")).title
        assert "opened the weights" in (await at.card(lang="en")).title


async def test_a_topic_that_is_switched_off_is_not_shown(database: Database, pool: Executor) -> None:
    """What was written keeps the topic, the card does not."""
    async with desk(database, pool) as at:
        await at.bring(FIRST)
        await at.write()
        assert "llm" in (await at.card()).topics
        await at.rows("UPDATE topics SET enabled = false WHERE slug = 'llm' RETURNING 1")
        await relabel.run(database, pool=pool, clock=at.clock)
        card = await at.card()
        assert card.written_by
        assert "llm" in (await at.versions())[-1].topics
        assert "llm" not in card.topics


def in_their_language(request: Request) -> Json | str:
    """Writes Russian or English, whichever is asked for."""
    if "in English for someone" not in request.system:
        return honest(request)
    told = "«Медный кот» opened the weights of Torvex-9B"
    return {
        "title": told,
        "gist": {"text": f"{told}.", "posts": [1]},
        "claims": [{"text": "Torvex-9B was trained on 4 trillion tokens.", "posts": [1], "kind": "attributed"}],
        "topics": [],
        "language": "en",
    }


async def test_a_summary_in_the_wrong_language_is_none(database: Database, pool: Executor) -> None:
    """A model that answers in Russian when English is asked for has written nothing in English."""
    async with desk(database, pool) as at:
        at.langs = ("en",)
        await at.bring(FIRST)
        assert (await at.write()).extracted == 1
        assert (await at.card(lang="en")).written_by == ""
