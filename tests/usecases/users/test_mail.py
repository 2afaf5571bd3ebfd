"""Mail: what is queued, what an SMTP server gets to see, what happens when it is away."""

import email
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from instance.errors import RemoteRefused, RemoteUnreachable
from instance.resources import Instance
from instance.settings import Settings
from storage import users
from storage.records import RegistrationMode, Role, UserState
from tests.instances import FakeClock, Instances, drain
from tests.usecases.users.people import PASSWORD, add, choose, form, with_mail
from users import login, mail, registration, removal

ADDRESS = "203.0.113.5"
JOBS = {mail.SEND_MAIL: mail.send_mail}


@dataclass
class MailServer:
    """An SMTP server that keeps what it gets, or answers as a test says."""

    recipient_code: int = 250
    received: list[EmailMessage] = field(default_factory=list)
    listener: socket.socket = field(default_factory=socket.socket)

    def start(self) -> None:
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def stop(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                self._talk(stream)

    def _talk(self, stream: Any) -> None:
        def say(text: str) -> None:
            stream.write(text.encode() + b"\r\n")
            stream.flush()

        say("220 mail.test ready")
        while line := stream.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                say("354 go on")
                lines = []
                while (data := stream.readline()) != b".\r\n":
                    lines.append(data)
                message = email.message_from_bytes(b"".join(lines), policy=default)
                assert isinstance(message, EmailMessage)
                self.received.append(message)
                say("250 kept")
            elif verb == b"RCPT":
                say(f"{self.recipient_code} so be it")
            elif verb == b"QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


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
        assert job.payload == {"template": mail.CONFIRM_EMAIL, "user_id": user.id}


async def test_a_job_that_runs_twice_sends_two_links_that_both_work(
    posting: Instance, mail_server: MailServer
) -> None:
    with posting.store.active():
        user, _ = await add(posting, "alice", email="a@b.de")
        for _ in range(2):
            await mail.send_mail(posting, {"template": mail.CONFIRM_EMAIL, "user_id": user.id})
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


@pytest.mark.usefixtures("mail_server")
async def test_fa50_a_mail_server_that_is_away_delays_mail(
    instances: Instances, clock: FakeClock
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed_port = probe.getsockname()[1]
    away = await instances.make("away", with_mail(Settings(), port=closed_port))
    with away.store.active():
        user, _ = await add(away, "alice", email="a@b.de")
        payload: dict[str, object] = {"template": mail.APPROVED, "user_id": user.id}
        with pytest.raises(RemoteUnreachable):
            await mail.send_mail(away, payload)
        await mail.enqueue(away, mail.APPROVED, user.id)
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
            await mail.send_mail(posting, {"template": mail.APPROVED, "user_id": user.id})


async def test_who_has_left_gets_no_mail(posting: Instance, mail_server: MailServer) -> None:
    with posting.store.active():
        user, _ = await add(posting, "alice", email="a@b.de")
        nobody, _ = await add(posting, "bob")
        await removal.forget(posting, user)
        for one in (user, nobody):
            await mail.send_mail(posting, {"template": mail.APPROVED, "user_id": one.id})
    assert mail_server.received == []
