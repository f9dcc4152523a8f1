"""Links and other addresses, also disguised ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.claims.addresses import addresses, dotted

ADDRESSES = """
см. https://a.example/x
hxxps://evil.example
www.foo.com
evil.example
пишите на orrin.ru
orrin.ai/blog
evil[.]example
evil (dot) example
evil [dot] com
evil точка рф
evil . com
t.me/channel
t. me/channel
подписывайтесь: @orrin_ai
mail a@b.example
a (at) b.example
+7 999 123-45-67
8 800 555-35-35
DE89 3704 0044 0532 0130 00
0x52908400098527886E0F7030069857D2E4169EE7
1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa
1234 5678 9012 3456
10.0.0.1:8080
""".strip().splitlines()
OTHERS = """
Node.js 20 is out
model.safetensors and config.yaml
e.g. this, i.e. so, at 5 a.m.
v2.1.3, версия 2.1, GPT-4.1-mini
ASP.NET
Вышла.В мае
released it.In May
U.S. firms
от 12.09.2026 до 13
20 000 000 000 руб.
1 187 234 567 токенов
3.5 млн
arXiv 2509.01234
Recall@10
""".strip().splitlines()


@pytest.mark.parametrize("text", ADDRESSES)
def test_address(text: str) -> None:
    """A link, a domain, a mention, a number to call or an account to pay into is found, however it is written."""
    assert addresses(text)


@pytest.mark.parametrize("text", OTHERS)
def test_no_address(text: str) -> None:
    """A version, a file, an abbreviation, a sum or a lost space is no address."""
    assert addresses(text) == []


def test_product_that_stands_in_the_post() -> None:
    """A name with a dot is a name where the post calls the thing so, unless it is where to go or has a path."""
    names = dotted("Стартап Норка (бывший Norka.dev) показал платформу.")
    assert addresses("Norka.dev стала Норкой.", names=names) == []
    assert addresses("Подробности на Norka.dev.", names=names)
    assert addresses("Norka.dev/go стала Норкой.", names=names)
    assert addresses("Evil.dev стала Норкой.", names=names)


@given(st.text())
def test_any_text(text: str) -> None:
    """Whatever the text, it is read without failing."""
    addresses(text, names=dotted(text))
