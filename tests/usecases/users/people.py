"""What tests of users share: forms that are right, and people who are there already."""

from dataclasses import replace

from instance.resources import Instance
from instance.settings import RegistrationSettings, Settings
from storage.records import Actor, RegistrationMode, Role, Site, User
from storage.site import save
from users import setup
from users.registration import SignUp

PASSWORD = "wind over water"


async def choose(mode: RegistrationMode) -> None:
    """Choose who may join, as the owner does in the pages."""
    await save(Site(registration=mode, is_set_up=True))


async def add(
    instance: Instance, name: str, *, role: Role = Role.USER, email: str = ""
) -> tuple[User, Actor]:
    """Add a person with PASSWORD."""
    return await setup.add_user(instance, name, PASSWORD, email=email, role=role)


def form(username: str = "alice", **changed: str) -> SignUp:
    """A sign-up form that is right."""
    return replace(SignUp(username=username, password=PASSWORD, language="en"), **changed)


def with_mail(settings: Settings, *, port: int = 25) -> Settings:
    """Settings with a mail server, and confirmation of addresses."""
    mail = replace(settings.mail, host="127.0.0.1", port=port, security="none")
    return replace(settings, mail=mail, registration=RegistrationSettings(confirm_email=True))
