"""The harvester pool: `immobe harvest`.

`supervisor` keeps `slot`s filled with worker processes (`process`), restarts what dies or hangs (`backoff`), and tells
Redis how they are (`registry`). It knows no Scrapy. A worker (`worker`) runs one crawl a platform (`crawls`) in one
process, and tells its supervisor how it is (`reports`) over a socket, whose end tells each that the other has died.
"""
