"""Many at once: the pool never deadlocks (performance.md, "Never deadlock the pool")."""

import asyncio

import httpx

from tests.serving import serving


def test_a_hundred_connections_against_a_pool_of_fifteen_all_get_an_answer(app, instance):
    assert instance.settings.pool_size == 15

    async def crowd(base: str) -> list[int]:
        limits = httpx.Limits(max_connections=100)
        async with httpx.AsyncClient(base_url=base, limits=limits, timeout=30, trust_env=False) as caller:
            reads = [caller.get(f"/probes/{number}") for number in range(100)]
            writes = [caller.post("/probes", json={"text": "a"}) for _ in range(100)]
            answers = await asyncio.gather(*reads, *writes)
        return [answer.status_code for answer in answers]

    with serving(app) as base:
        statuses = asyncio.run(crowd(base))

    assert sorted(set(statuses)) == [200, 201]
    assert len(statuses) == 200
