"""The sandbox listens on this machine only, and no other web site can use it or be loaded by its page."""

import re
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse

import bot.sandbox
from bot.sandbox.guard import Guard
from bot.sandbox.person import Person
from bot.sandbox.server import SandboxServer
from bot.sandbox.world import Persona
from tests.bot.sandbox.pictures import picture

PAGE = Path(bot.sandbox.__file__).parent / "page"
SEND = "/api/chats/1001/messages"


def test_the_address_is_loopback(sandbox: SandboxServer) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", sandbox.page_url)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1.evil.example", ""]
)
@pytest.mark.parametrize("path", ["/", "/api/events", "/bot123456:TEST-token/getMe"])
async def test_a_foreign_host_name_is_refused(http: httpx.AsyncClient, host: str, path: str) -> None:
    answer = await http.get(path, headers={"Host": host})

    assert answer.status_code in (400, 403)
    assert "Currency" not in answer.text


@pytest.mark.parametrize(("port", "status"), [(80, 200), (8080, 403)])
async def test_on_the_port_of_http_browsers_leave_it_out(port: int, status: int) -> None:
    guarded = httpx.ASGITransport(Guard(PlainTextResponse("the page"), port))
    async with httpx.AsyncClient(transport=guarded, base_url="http://localhost") as client:
        assert (await client.get("/")).status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_site_cannot_send(
    http: httpx.AsyncClient, traveller: Person, headers: dict[str, str]
) -> None:
    answer = await http.post(SEND, data={"text": "/start"}, headers=headers)

    assert answer.status_code == 403
    assert traveller.messages == []


async def test_the_page_itself_can_send(
    sandbox: SandboxServer, http: httpx.AsyncClient, traveller: Person
) -> None:
    headers = {"Origin": sandbox.url, "Sec-Fetch-Site": "same-origin"}

    answer = await http.post(SEND, data={"text": "/start"}, headers=headers)

    assert answer.status_code == 200
    assert [message["text"] for message in traveller.messages] == ["/start"]


async def test_a_link_to_the_page_works_from_anywhere(http: httpx.AsyncClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}

    assert (await http.get("/", headers=headers)).status_code == 200
    assert (await http.get("/api/events", headers=headers)).status_code == 403


@pytest.mark.parametrize("path", ["/", "/page/app.js", "/nothing", "/bot123456:TEST-token/getMe"])
async def test_every_answer_forbids_foreign_content(http: httpx.AsyncClient, path: str) -> None:
    headers = (await http.get(path)).headers

    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"


def test_the_page_loads_nothing_from_elsewhere_and_never_writes_markup() -> None:
    for file in PAGE.iterdir():
        text = file.read_text()
        addresses = set(re.findall(r"https?://[^\s\"'`\\]+", text))
        assert addresses <= {"http://www.w3.org/2000/svg"}, file.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text), (
            file.name
        )


async def test_an_uploaded_file_cannot_become_a_page(http: httpx.AsyncClient, traveller: Person) -> None:
    message = await traveller.send_document(b"<script>alert(1)</script>", "x.html", mime_type="text/html")

    answer = await http.get(f"/api/files/{message['document']['file_id']}")

    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment"


async def test_files_need_their_unguessable_id(http: httpx.AsyncClient, traveller: Person) -> None:
    message = await traveller.send_photo(picture())
    photo = message["photo"][-1]

    assert len(photo["file_id"]) >= 40
    assert (await http.get(f"/api/files/{photo['file_id']}")).content == picture()
    assert (await http.get(f"/api/files/{photo['file_unique_id']}")).status_code == 400


@pytest.mark.parametrize("path", ["/page/../server.py", "/page/%2e%2e/server.py", "/page/..%2fserver.py"])
async def test_only_the_page_folder_is_served(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).status_code == 404


@pytest.mark.parametrize("token", ["", "no colon", "123:", "abc:def", "123:a/b"])
def test_a_token_of_another_shape_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(ValueError, match="token must look like") as refused:
        SandboxServer(token, [Persona(1, "A")])

    assert not token or token not in str(refused.value).replace("123456:ABC-def", "")


async def test_a_taken_port_says_so(sandbox: SandboxServer) -> None:
    port = int(sandbox.url.rpartition(":")[2])

    with pytest.raises(OSError, match="[Aa]ddress already in use"):
        async with SandboxServer("1:a", [Persona(1, "A")], port=port):
            pass
