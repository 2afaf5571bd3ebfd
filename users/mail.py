"""Messages to users by SMTP, as durable jobs: a mail server that is away delays them (FA-50).

A job names a template and a user, nothing else. Links are made when the mail is sent, so that no
secret waits in a table.
"""

import asyncio
import hashlib
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from types import MappingProxyType

from instance.errors import RemoteRefused, RemoteUnreachable
from instance.resources import Instance
from instance.settings import MailSettings
from storage import actors, site, users
from storage.records import OneTimeToken, RowId, User
from users import tokens
from users.mail_texts import LINKS, SUBJECTS, TEXTS

SEND_MAIL = "send_mail"
_NOTHING: Mapping[str, str] = MappingProxyType({})

SMTP_TIMEOUT_S = 20


async def enqueue(
    instance: Instance,
    template: str,
    user_id: RowId,
    *,
    to: str | None = None,
    details: Mapping[str, str] = _NOTHING,
) -> None:
    """Queue a mail, within the caller's transaction; without a mail server nothing is queued.

    It goes to the user's own address, or to `to`. `details` are what the text speaks of besides.
    """
    if instance.settings.mail.host:
        payload: dict[str, object] = {"template": template, "user_id": user_id}
        if to is not None:
            payload["to"] = to
        if details:
            payload["details"] = dict(details)
        # An index holds the key: words of any length are not for it.
        said = hashlib.sha256(" ".join(details.values()).encode()).hexdigest() if details else ""
        key = " ".join(["mail", template, str(user_id), to or "", said]).strip()
        await instance.queue.enqueue(SEND_MAIL, payload, now=instance.now(), unique_key=key)


async def send_mail(instance: Instance, payload: dict[str, object]) -> None:
    """Send one mail (job). Run twice it sends two mails whose links both work."""
    user = await users.find(RowId(int(str(payload["user_id"]))))
    to = payload.get("to", user.email if user else None)
    if user is None or not isinstance(to, str) or not to:
        return  # left in the meantime
    details = payload.get("details")
    words = details if isinstance(details, dict) else {}
    await send(instance, await _compose(instance, str(payload["template"]), user, to, words))


async def _compose(
    instance: Instance, template: str, user: User, to: str, details: Mapping[str, object]
) -> EmailMessage:
    actor = await actors.get(user.actor_id)
    site_name = (await site.read()).name
    token = await new_link(instance, template, user, to) if template in LINKS else ""
    known = {
        "username": actor.username,
        "site": site_name,
        "base_url": instance.addresses.base_url,
        "token": token,
    }
    text = TEXTS[template].format_map({**details, **known})
    return new_message(instance, to, f"{SUBJECTS[template]} ({site_name})", text)


def new_message(instance: Instance, to: str, subject: str, text: str) -> EmailMessage:
    """Return a mail to somebody here, with the headers that all of ours have."""
    message = EmailMessage()  # refuses line breaks in headers (HX-16)
    message["Subject"] = subject
    message["From"] = sender(instance)
    message["To"] = to
    message["Date"] = format_datetime(instance.now())
    message["Message-ID"] = make_msgid(domain=instance.settings.host)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: answers nobody automatically
    message.set_content(text)
    return message


async def send(instance: Instance, message: EmailMessage) -> None:
    """Hand a mail to the mail server; raises `RemoteFailure`. Not within a transaction."""
    host = instance.settings.host
    await asyncio.to_thread(_send, instance.settings.mail, host, message)


async def new_link(instance: Instance, template: str, user: User, to: str | None = None) -> str:
    """Make the link that a mail of this template carries; returns its token."""
    purpose, valid_for = LINKS[template]
    token, now = tokens.new_token(), instance.now()
    async with instance.store.transaction():
        await users.insert_one_time(
            OneTimeToken(
                id=instance.ids.new(),
                purpose=purpose,
                token_hash=tokens.hash_of(token),
                user_id=user.id,
                created_at=now,
                expires_at=now + valid_for,
                email=to,
            )
        )
    return token


def sender(instance: Instance) -> str:
    """Return the address our mail comes from."""
    return instance.settings.mail.sender or f"noreply@{instance.settings.host}"


def _send(settings: MailSettings, own_host: str, message: EmailMessage) -> None:
    """Speak SMTP (RFC 5321), in a thread; a refusal for good ends the job, all else is retried."""
    try:
        with _connect(settings, own_host) as connection:
            if settings.user:
                connection.login(settings.user, settings.password)
            connection.send_message(message)
    except smtplib.SMTPRecipientsRefused as refused:
        codes = [code for code, _ in refused.recipients.values()]
        raise _failure(max(codes, default=0), "recipient refused") from refused
    except smtplib.SMTPResponseException as refused:
        raise _failure(refused.smtp_code, "refused") from refused
    except (smtplib.SMTPException, OSError) as error:
        raise RemoteUnreachable(
            "The mail server does not answer.", detail=f"{settings.host}: {error}"
        ) from error


def _connect(settings: MailSettings, own_host: str) -> smtplib.SMTP:
    # We say who we are; smtplib would ask the name server who that might be.
    there, timeout_s = (settings.host, settings.port, own_host), SMTP_TIMEOUT_S
    if settings.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(*there, timeout=timeout_s, context=context)
    connection = smtplib.SMTP(*there, timeout=timeout_s)
    if settings.security == "starttls":
        try:
            connection.starttls(context=ssl.create_default_context())
        except (smtplib.SMTPException, OSError):
            connection.close()
            raise
    return connection


def _failure(code: int, what: str) -> RemoteRefused | RemoteUnreachable:
    """RFC 5321 4.2.1: 5xx is for good, 4xx for now. A wrong login (535) is ours to mend."""
    permanent, wrong_login = 500, 535
    text = f"mail server: {what} with {code}"
    if code >= permanent and code != wrong_login:
        return RemoteRefused("The mail server refused a mail.", status=code, detail=text)
    return RemoteUnreachable("The mail server refused a mail.", status=code, detail=text)
