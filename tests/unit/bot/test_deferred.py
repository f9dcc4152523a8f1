"""aiogram's models are built when they are used, and can all be built then."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import BaseModel

from bot import deferred

#: In a process of its own: in this one, tests have used aiogram already.
EARLY = """
import bot
from aiogram import types
print(types.Update.__pydantic_complete__, types.Game.__pydantic_complete__)
"""
USED = """
import bot
from aiogram.methods import SendMessage
from aiogram.methods.base import Response
from aiogram.types import Game, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update

chat = {"id": 5, "type": "private"}
message = {"message_id": 1, "date": 1, "chat": chat, "text": "hi", "reply_to_message": {"message_id": 0, "date": 0, "chat": chat}}
update = Update.model_validate({"update_id": 1, "message": message})
assert type(update.message.reply_to_message) is Message
button = InlineKeyboardButton(text="one", callback_data="1")
sent = SendMessage(chat_id=5, text="hi", reply_markup=InlineKeyboardMarkup(inline_keyboard=[[button]]))
assert sent.model_dump()["reply_markup"]["inline_keyboard"][0][0]["text"] == "one"
answer = Response[SendMessage.__returning__].model_validate({"ok": True, "result": message})
assert answer.result == update.message
try:
    Message(message_id="none", date=0, chat=chat)
except ValueError as error:
    assert "message_id" in str(error)
else:
    raise AssertionError("it is no number")
print(Game.__pydantic_complete__)
"""
IN_THREADS = """
import bot, sys, threading
from aiogram.types import Message, MessageEntity, Update

sys.setswitchinterval(1e-6)
entity = {"type": "bold", "offset": 0, "length": 1}
message = {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "text": "hi", "entities": [entity]}
made, begin = [], threading.Barrier(6)

def use(model, value):
    begin.wait()
    made.append(type(model.model_validate(value)) is model)

uses = [(Update, {"update_id": 1, "message": message}), (Message, message), (MessageEntity, entity)] * 2
threads = [threading.Thread(target=use, args=one) for one in uses]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(made)
"""
ALL = """
import bot
from aiogram import methods, types
late = [one for of in (types, methods) for name in of.__all__ if hasattr(one := getattr(of, name), "model_rebuild")]
late = [one for one in late if not one.__pydantic_complete__]
assert all(one.model_rebuild() for one in late)
print(len(late) > 300)
"""


@pytest.mark.parametrize(
    ("program", "said"),
    [
        pytest.param(EARLY, "False False", id="nothing is built early"),
        pytest.param(USED, "False", id="what is used works"),
        pytest.param(IN_THREADS, str([True] * 6), id="in several threads at once"),
        pytest.param(ALL, "True", id="all can be built", marks=pytest.mark.long),
    ],
)
def test_models_are_built_when_they_are_used(program: str, said: str) -> None:
    """Nested ones, those of methods and those of answers as well; what nobody uses stays unbuilt."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == (said, "")


def test_models_of_others_are_rebuilt_at_once() -> None:
    """They find names where they were defined, and are told others."""

    class Leaf(BaseModel):
        size: int

    class Tree(BaseModel):
        leaves: list[Leaf]
        roots: list[Root]  # type: ignore[name-defined]  # noqa: F821

    deferred.defer()
    assert Tree.model_rebuild(_types_namespace={"Leaf": Leaf, "Root": Leaf})
    assert Tree.model_validate({"leaves": [{"size": 1}], "roots": [{"size": 2}]}).roots[0].size == 2
