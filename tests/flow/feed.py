"""Small invented feeds for the flow tests."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta

from cli import feed as sample
from core.db.engine import Database
from core.store import channels, incoming, posts, stories
from core.types import Channel, ImportCounts, Origin, Post
from ingest import reader
from summarize import index

START = datetime(2026, 9, 1, 8, tzinfo=UTC)
NOW = datetime(2026, 9, 10, tzinfo=UTC)

RELEASE = (
    "Компания Ферритовая Сова выпустила открытую модель Quillfin-3 на 14 млрд параметров: контекст 256 тысяч токенов, "
    "лицензия MIT, на бенчмарке DeskBench 61,4 балла против 52,0 у прошлой версии."
)
RELEASE_EN = (
    "Ferrite Owl has released Quillfin-3, an open 14B model with a 256k context under the MIT licence. It scores 61.4 on "
    "DeskBench, up from 52.0. Weights and code: https://github.com/ferrite-owl/quillfin-3"
)
PAPER = (
    "Статья «Sparse Tides»: авторы из Института Гальвани показывают, что 40 % голов внимания можно выключить без потери "
    "качества, если обучать маску вместе с моделью. https://arxiv.org/abs/2608.01234"
)
PAPER_EN = (
    "Sparse Tides (arXiv 2608.01234): the Galvani Institute learns a mask over attention heads together with the weights "
    "and switches 40% of the heads off with no loss in quality."
)
MEETUP = "Митап «Нейровстреча» пройдёт в Казани 12 сентября: три доклада про рекомендации и пицца после восьми вечера."
FOOTER = "\n\nПодробности в чате сообщества, читайте правила и приходите по средам"


def post(channel: int, message: int, text: str, *, minutes: float, origin: Origin | None = None) -> Post:
    """A post of channel number `channel`, `minutes` after START."""
    return Post(
        channel=Channel(tg_id=1000 + channel, name=f"Канал {channel}"),
        message_id=message,
        text=text,
        raw={"id": message},
        date=START + timedelta(minutes=minutes),
        origin=origin,
    )


def feed() -> list[Post]:
    """Twenty posts of five channels: a release told four times, a paper told twice, copies, a footer, lone posts."""
    forwarded = Origin(name="Канал 1", channel_id=1001, message_id=1)
    lone = [
        "Разбираю, как мы перенесли витрину данных с почасового пересчёта на потоковый и что при этом сломалось.",
        "Хозяйке на заметку: если кот лёг на клавиатуру, обучение продолжится с другого зерна.",
        "Вакансия: инженер по распознаванию речи в лабораторию «Тихий звук», Новосибирск, удалёнка возможна.",
        "A short note on why our GPU nodes lost their clock overnight: a firmware bug in the network cards.",
        "Прочитал книгу Ады Мрук о причинном выводе: первые пять глав отличные, дальше автор торопится.",
        "Роботы-курьеры в Иннополисе теперь ездят и зимой: колёса заменили на гусеницы, а карту снега строит лидар.",
    ]
    found = [
        post(1, 1, RELEASE + FOOTER, minutes=0),
        post(2, 1, RELEASE_EN, minutes=40),
        post(3, 1, RELEASE + FOOTER, minutes=90, origin=forwarded),
        post(4, 1, RELEASE.replace("выпустила", "сегодня выпустила"), minutes=200),
        post(1, 2, PAPER + FOOTER, minutes=600),
        post(2, 2, PAPER_EN, minutes=900),
        post(3, 2, MEETUP, minutes=1000),
        post(5, 1, MEETUP.replace("Казани 12", "Перми 19"), minutes=1100),
        post(
            1, 3, "Overfitted Lanterns\n\nВведение\nРассказываю про работу о фонарях внимания." + FOOTER, minutes=2000
        ),
        post(1, 4, "Метод и эксперименты\nАвторы обучали фонари внимания на трёх корпусах." + FOOTER, minutes=2010),
    ]
    found += [post(5, 10 + number, text, minutes=3000 + 300 * number) for number, text in enumerate(lone)]
    found += [post(4, 20, lone[0] + " Спасибо всем, кто помогал.", minutes=3500)]
    return found


async def store(database: Database, batch: Sequence[Post], *, now: datetime = NOW) -> ImportCounts:
    """Import posts, as the command does."""
    async with database.begin() as session:
        known = {channel: await channels.upsert(session, channel) for channel in {item.channel for item in batch}}
        return await incoming.upsert(session, batch, channels=known, now=now)


async def indexed(database: Database, pool: Executor, *, batch: int = 64) -> index.Counts:
    """Bring the index up to date in batches of `batch`."""
    return await index.run(database, pool, clock=lambda: datetime.now(UTC), prepare_batch=batch, match_batch=batch)


async def partition(database: Database) -> frozenset[frozenset[tuple[int | None, int | None]]]:
    """The stories, as sets of (channel, message), so that they can be compared between databases."""
    async with database.begin() as session:
        members = await stories.partition(session)
        read = {item.id: item for item in await posts.by_ids(session, sorted(members))}
    groups: dict[int, set[tuple[int | None, int | None]]] = {}
    for post_id, story in members.items():
        groups.setdefault(story, set()).add((read[post_id].channel.tg_id, read[post_id].message_id))
    return frozenset(map(frozenset, groups.values()))


def sample_posts() -> list[Post]:
    """Every post of the sample feed that the demo reads, as an import reads it."""
    found: list[Post] = []
    for file in reader.find_files(sample.folder()):
        with file.open("rb") as stream:
            kind = reader.sniff(stream.read(sample.SNIFFED))
            stream.seek(0)
            read = reader.read_file(stream, kind=kind, name=file.stem)
            found += [item for item in read if isinstance(item, Post)]
    return found
