"""What forged fences, roles and fields look like.

Pure: patterns for the lower-cased shadow of a text, with a sentence a line.
"""

from __future__ import annotations

from summarize.orders.order_words import spelt

_THING = (
    r"(?:posts?|data|documents?|text|input|content|messages?|articles?|source|context|query|stor(?:y|ies)|transcript"
    r"|untrusted \w+|user \w+|channel|quote|prompt|instructions?|fence|сообщени[ея]|пост[аов]*|данных|документа"
    r"|текста|ввода|контента|статьи|сюжета|запроса)"
)
FENCES = {
    "line": (
        r"^[^\S\n]*[<\[{(=\-*#_~|+‹《【⟦\"'`/]+\s*/?\s*(?:[0-9a-f]{6,} )?(?:(?:end|конец|fin|ende|stop|close|begin|start"
        r"|начало)(?: of| the|_of|-of)*[\s_:-]*(?:the )?(?:\w+ )?{X}|/\s*{X})\s*\d*\s*[^\w\n]*$"
    ),
    "inline": (
        r"(?<![-=<\[*#])[-=<\[*#]{2,}\s*(?:[0-9a-f]{6,} )?(?:end|конец|begin|start|начало)(?: of| the"
        r"|_of)*[\s_:-]*(?:the )?(?:\w+ )?{X}\s*\d*\s*[-=>\]*#]{2,}"
    ),
    "tag": r"</?\w*(?:post|message|data|document|system|user|assistant|input|content|instruction|prompt|untrusted)\w*>",
    "end": r"^[^\S\n]*(?:end of|конец) (?:the )?{X}\s*\d*[\s.:!]*$",
    "token": (
        r"^[ \t>*]*(?:<\|?/?\s*(?:im_start|im_end|im_sep|system|user|assistant|endoftext|end_of_turn|start_of_turn"
        r"|start_header_id|eot_id|begin_of_text|begin_of_sentence|tool_call|tool_response|function_calls?"
        r"|instructions?|prompt|think|s)\b[^<>\n]{0,40}>|<[|｜][^<>\n]{1,40}[|｜]>|\[/?(?:inst|system_prompt|sys)\]"
        r"|<<\s*/?\s*sys\s*>>|#{1,6}[ \t]*(?:instruction|system|assistant|response|human|user)s?[ \t]*(?:#{1,6}|:))"
    ),
}
PATTERNS = {name: spelt(pattern.replace("{X}", _THING)) for name, pattern in FENCES.items()} | {
    "begin": spelt(
        r"(?:begin|start|начало)(?: of)?[\s_]*(?:{SUMMARY}|output|answer|response|ответа"
        r"|вывода)\b[\s\S]{0,1500}?(?:end|конец)(?: of)?[\s_]*(?:{SUMMARY}|output|answer|response|ответа|вывода)\b\W*"
    ),
    "turn": (
        r"(?:^[ \t>*_#-]*|(?<=[.!?»\"] ))(?:\b|(?<=_))(?P<role>system|assistant|human|user|ai|bot|developer|система|ассистент|человек"
        r"|пользователь|помощник|бот|ии|llm|nutzer|usuario|utilisateur|asistente|асистент|助手|用户)[ \t*_]*(?::|>)"
    ),
    "field": (
        r"^[ \t*_-]*(categor(?:y|ies)|topics?|importance|priority|headline|title|summary|gist|rank|verdict|same story"
        r"|claims?|is_ad|score|тем[аы]|важность|приоритет|заголовок|пересказ|рубрика|сюжет|ранг|тезисы?)[ \t*_]*[:=]"
    ),
}
