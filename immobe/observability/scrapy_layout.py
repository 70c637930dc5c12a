"""Lines of log files in Scrapy's own layout, which Scrapyd's dashboard and other people's tools read.

2026-11-27 13:01:43 [scrapy.core.engine] INFO: Spider closed (finished) | platform=immoweb
"""

from __future__ import annotations

from structlog.typing import EventDict, WrappedLogger

# A file belongs to one process.
_SAME_IN_EVERY_LINE = ("worker", "role")


def scrapy_line(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """The line; its fields come after the text, a traceback below.

    >>> line = {"timestamp": "2026-11-27T13:01:43.019+00:00", "level": "info", "logger": "a.b", "event": "Hello"}
    >>> scrapy_line(None, "", line | {"worker": "h-1", "platform": "immoweb"})
    '2026-11-27 13:01:43 [a.b] INFO: Hello | platform=immoweb'
    """
    moment, level, logger, text = (str(event.pop(name)) for name in ("timestamp", "level", "logger", "event"))
    traceback = event.pop("exception", None)
    fields = " ".join(f"{name}={value}" for name, value in event.items() if name not in _SAME_IN_EVERY_LINE)
    line = f"{moment[:19].replace('T', ' ')} [{logger}] {level.upper()}: {text}"
    return "\n".join(filter(None, (f"{line} | {fields}" if fields else line, traceback)))
