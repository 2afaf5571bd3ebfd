"""Mail: what is queued, what an SMTP server gets to see, what happens when it is away."""

import asyncio
import email
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.policy import default

import pytest

from instance.errors import RemoteRefused, RemoteUnreachable
from instance.resources import Instance
from instance.settings import Settings
from storage import users
from storage.records import RegistrationMode, Role, UserState
from tests.instances import FakeClock, Instances, drain
from tests.usecases.users.people import PASSWORD, add, choose, form, with_mail
from users import login, mail, mail_texts, registration, removal

ADDRESS = "203.0.113.5"
JOBS = {mail.SEND_MAIL: mail.send_mail}


@dataclass
class MailServer:
    """An SMTP server that keeps what it gets, or answers as a test says."""

    port: int = 0
    recipient_code: int = 250
    received: list[EmailMessage] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.test ready\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                self._keep((await reader.readuntil(b"\r\n.\r\n"))[:-3])
                writer.write(b"250 kept\r\n")
            elif verb == b"RCPT":
                writer.write(f"{self.recipient_code} so be it\r\n".encode())
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
        writer.close()

    def _keep(self, data: bytes) -> None:
        message = email.message_from_bytes(data, policy=default)
        assert isinstance(message, EmailMessage)
        self.received.append(message)


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    made = MailServer()
    server = await asyncio.start_server(made.talk, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


@pytest.fixture
async def posting(instances: Instances, mail_server: MailServer) -> Instance:
    """An instance that sends mail to the server; its store is not active."""
    return await instances.make("posting", with_mail(Settings(), port=mail_server.port))


async def test_the_confirmation_arrives_and_its_link_lets_in(
    posting: Instance, mail_server: MailServer
) -> None:
    with posting.store.active():
        await choose(RegistrationMode.OPEN)
        await registration.register(posting, form(email="a@b.de"), address=ADDRESS)
        assert await drain(posting, JOBS) == 1
        (message,) = mail_server.received
        assert message["To"] == "a@b.de"
        assert message["From"] == "noreply@posting.test"
        assert message["Auto-Submitted"] == "auto-generated"
        text = message.get_content()
        assert "@alice" in text
        token = text.partition("https://posting.test/confirm/")[2].split()[0]
        await registration.confirm(posting, token)
        await login.log_in(posting, "alice", PASSWORD, address=ADDRESS, user_agent="")


async def test_no_secret_waits_in_the_table_of_jobs(posting: Instance) -> None:
    with posting.store.active():
        await choose(RegistrationMode.OPEN)
        user, _ = await registration.register(posting, form(email="a@b.de"), address=ADDRESS)
        (job,) = await posting.queue.claim(9, posting.now())
        assert job.payload == {"template": mail_texts.CONFIRM_EMAIL, "user_id": user.id}


async def test_a_job_that_runs_twice_sends_two_links_that_both_work(
    posting: Instance, mail_server: MailServer
) -> None:
    with posting.store.active():
        user, _ = await add(posting, "alice", email="a@b.de")
        for _ in range(2):
            await mail.send_mail(
                posting, {"template": mail_texts.CONFIRM_EMAIL, "user_id": user.id}
            )
        for message in mail_server.received:
            token = message.get_content().partition("/confirm/")[2].split()[0]
            confirmed, _ = await registration.confirm(posting, token)
            assert confirmed.state is UserState.ACTIVE


async def test_who_has_the_address_already_is_told(
    posting: Instance, mail_server: MailServer
) -> None:
    with posting.store.active():
        await choose(RegistrationMode.OPEN)
        await add(posting, "alice", email="a@b.de")
        await registration.register(posting, form("mallory", email="a@b.de"), address=ADDRESS)
        await drain(posting, JOBS)
        (message,) = mail_server.received
        assert message["To"] == "a@b.de"
        assert "@alice" in message.get_content()
        assert "mallory" not in message.get_content()


async def test_who_was_approved_is_told(posting: Instance, mail_server: MailServer) -> None:
    with posting.store.active():
        await choose(RegistrationMode.APPROVAL)
        moderator, _ = await add(posting, "mod_erna", role=Role.MODERATOR)
        user, _ = await add(posting, "alice", email="a@b.de")
        await users.save(replace(user, state=UserState.PENDING))
        await registration.approve(posting, moderator, user.id)
        await drain(posting, JOBS)
        assert "approved" in mail_server.received[0].get_content()


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that refuses connections, and that nobody else can be given meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


async def test_fa50_a_mail_server_that_is_away_delays_mail(
    instances: Instances, clock: FakeClock, closed_port: int
) -> None:
    away = await instances.make("away", with_mail(Settings(), port=closed_port))
    with away.store.active():
        user, _ = await add(away, "alice", email="a@b.de")
        payload: dict[str, object] = {"template": mail_texts.APPROVED, "user_id": user.id}
        with pytest.raises(RemoteUnreachable):
            await mail.send_mail(away, payload)
        await mail.enqueue(away, mail_texts.APPROVED, user.id)
        assert await drain(away, JOBS) == 1
        assert await drain(away, JOBS) == 0
        clock.advance(minutes=1)
        assert await drain(away, JOBS) == 1


@pytest.mark.parametrize(("code", "failure"), [(550, RemoteRefused), (450, RemoteUnreachable)])
async def test_a_refused_recipient_ends_or_delays_the_mail(
    posting: Instance, mail_server: MailServer, code: int, failure: type[Exception]
) -> None:
    mail_server.recipient_code = code
    with posting.store.active():
        user, _ = await add(posting, "alice", email="a@b.de")
        with pytest.raises(failure):
            await mail.send_mail(posting, {"template": mail_texts.APPROVED, "user_id": user.id})


async def test_who_has_left_gets_no_mail(posting: Instance, mail_server: MailServer) -> None:
    with posting.store.active():
        user, _ = await add(posting, "alice", email="a@b.de")
        nobody, _ = await add(posting, "bob")
        await removal.forget(posting, user)
        for one in (user, nobody):
            await mail.send_mail(posting, {"template": mail_texts.APPROVED, "user_id": one.id})
    assert mail_server.received == []
