"""The fake internet does what tests rely on."""

import asyncio
from typing import Any

import httpx2
import pytest

from tests.internet import FakeInternet


def counting(seen: list[str]) -> Any:
    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.url.path)
        return httpx2.Response(202, text="taken")

    return answer


async def post(internet: FakeInternet, url: str = "https://beta.test/inbox") -> httpx2.Response:
    return await internet.handle_async_request(httpx2.Request("POST", url, content=b"{}"))


async def test_names_nobody_has_do_not_resolve() -> None:
    with pytest.raises(httpx2.ConnectError):
        await post(FakeInternet())


async def test_ports_are_part_of_names() -> None:
    internet, seen = FakeInternet(), list[str]()
    internet.add("beta.test:8443", counting(seen))
    await post(internet, "https://beta.test:8443/inbox")
    with pytest.raises(httpx2.ConnectError):
        await post(internet)
    assert seen == ["/inbox"]
    assert len(internet.sent_to("beta.test:8443")) == 1


async def test_lost_requests_are_not_seen_and_lost_answers_are() -> None:
    internet, seen = FakeInternet(), list[str]()
    internet.add("beta.test", counting(seen))
    internet.lose("beta.test")
    with pytest.raises(httpx2.ReadTimeout):
        await post(internet)
    assert seen == []
    internet.lose_answers("beta.test")
    with pytest.raises(httpx2.ReadTimeout):
        await post(internet)
    assert seen == ["/inbox"]
    assert (await post(internet)).status_code == 202


async def test_requests_come_twice() -> None:
    internet, seen = FakeInternet(), list[str]()
    internet.add("beta.test", counting(seen))
    internet.repeat("beta.test")
    await post(internet)
    await post(internet)
    assert len(seen) == 3


async def test_hosts_go_down_and_come_back() -> None:
    internet, seen = FakeInternet(), list[str]()
    internet.add("beta.test", counting(seen))
    with internet.down("beta.test"), pytest.raises(httpx2.ConnectError):
        await post(internet)
    await post(internet)
    assert len(seen) == 1


async def test_answers_can_be_made_up() -> None:
    internet, seen = FakeInternet(), list[str]()
    internet.add("beta.test", counting(seen))
    internet.answer_next("beta.test", httpx2.Response(503), httpx2.Response(410))
    assert [(await post(internet)).status_code for _ in range(3)] == [503, 410, 202]
    assert len(seen) == 1


async def test_requests_are_delayed_until_the_end_of_the_block() -> None:
    internet, seen = FakeInternet(), list[str]()
    internet.add("beta.test", counting(seen))
    with internet.delayed("beta.test"):
        sent = asyncio.create_task(post(internet))
        await asyncio.sleep(0)
        assert seen == []
    await sent
    assert seen == ["/inbox"]


async def test_documents_are_served_beside_what_answers_already() -> None:
    internet, seen = FakeInternet(), list[str]()
    internet.add("beta.test", counting(seen))
    internet.add_document("https://beta.test/actor", {"id": "x"})
    request = httpx2.Request("GET", "https://beta.test/actor")
    answer = await internet.handle_async_request(request)
    assert answer.headers["content-type"] == "application/activity+json"
    assert answer.json() == {"id": "x"}
    await post(internet)
    assert seen == ["/inbox"]


async def test_applications_answer_with_the_bytes_they_send() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        assert (scope["method"], scope["path"]) == ("POST", "/inbox")
        assert dict(scope["headers"])[b"host"] == b"beta.test"
        body = (await receive())["body"]
        headers = [(b"content-type", b"text/plain"), (b"content-encoding", b"gzip")]
        await send({"type": "http.response.start", "status": 418, "headers": headers})
        await send({"type": "http.response.body", "body": body + b" raw"})

    internet = FakeInternet()
    internet.add_app("beta.test", application)
    answer = await post(internet)
    assert answer.status_code == 418
    assert isinstance(answer.stream, httpx2.AsyncByteStream)
    assert b"".join([part async for part in answer.stream]) == b"{} raw"
