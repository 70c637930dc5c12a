"""A worker for the budget's test: sends requests, each at its turn. Arguments: port, Redis's URL, how many."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from immobe.redis import make_redis
from immobe.redis.budget import Answers, BudgetRules, Grant, RedisBucket
from middlewares.turns import Turns

INTERVAL = 0.05


async def main(port: int, redis_url: str, number: int) -> None:
    redis = make_redis(redis_url)
    bucket = RedisBucket(BudgetRules(INTERVAL), "127.0.0.1")

    async def grants(interval: float, answers: Answers, jitters: Sequence[float]) -> Grant:
        return await asyncio.to_thread(bucket.grant, redis, interval, answers, jitters)

    turns = Turns(grants, jitter=0.0, lookahead=10.0)

    async def fetch() -> None:
        await turns.wait(INTERVAL, patience=600)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /page HTTP/1.0\r\n\r\n")
        await reader.read()
        writer.close()

    await asyncio.gather(*(fetch() for _ in range(number)))
    redis.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
