"""What mails to users say: a subject and a text for each template."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from storage.records import OneTimePurpose

CONFIRM_EMAIL: Final = "confirm_email"
CONFIRM_MAILS: Final = "confirm_mails"
ADDRESS_IN_USE: Final = "address_in_use"
APPROVED: Final = "approved"
CHANGE_EMAIL: Final = "change_email"
EMAIL_CHANGED: Final = "email_changed"
RESET_PASSWORD: Final = "reset_password"  # noqa: S105 - the name of a template
PASSWORD_CHANGED: Final = "password_changed"  # noqa: S105 - the name of a template
NEW_SIGN_IN: Final = "new_sign_in"
SECOND_STEP_ON: Final = "second_step_on"
SECOND_STEP_OFF: Final = "second_step_off"
RECOVERY_CODE_USED: Final = "recovery_code_used"
ARCHIVE_READY: Final = "archive_ready"
WARNED: Final = "warned"
FROZEN: Final = "frozen"
COVERED: Final = "covered"
SILENCED: Final = "silenced"
SUSPENDED: Final = "suspended"
APPEALED: Final = "appealed"
APPEAL_ACCEPTED: Final = "appeal_accepted"
APPEAL_REFUSED: Final = "appeal_refused"

LINKS: Final[Mapping[str, tuple[OneTimePurpose, timedelta]]] = MappingProxyType(
    {
        CONFIRM_EMAIL: (OneTimePurpose.CONFIRM_EMAIL, timedelta(days=2)),
        CONFIRM_MAILS: (OneTimePurpose.CONFIRM_EMAIL, timedelta(days=2)),
        CHANGE_EMAIL: (OneTimePurpose.CHANGE_EMAIL, timedelta(days=1)),
        RESET_PASSWORD: (OneTimePurpose.RESET_PASSWORD, timedelta(hours=1)),
    }
)
"""Which templates have a link that works once, and for how long."""

SUBJECTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        CONFIRM_EMAIL: "Confirm your e-mail address",
        CONFIRM_MAILS: "Confirm your e-mail address",
        ADDRESS_IN_USE: "Somebody signed up with your e-mail address",
        APPROVED: "Welcome: you can log in now",
        CHANGE_EMAIL: "Confirm your new e-mail address",
        EMAIL_CHANGED: "Your e-mail address was changed",
        RESET_PASSWORD: "Choose a new password",
        PASSWORD_CHANGED: "Your password was changed",
        NEW_SIGN_IN: "A log-in from somewhere new",
        SECOND_STEP_ON: "Logging in has a second step now",
        SECOND_STEP_OFF: "A second step of your log-in was taken away",
        RECOVERY_CODE_USED: "One of your recovery codes was used",
        ARCHIVE_READY: "Your archive is ready",
        WARNED: "A warning from the moderators",
        FROZEN: "The moderators froze your account",
        COVERED: "The moderators cover your pictures",
        SILENCED: "The moderators limited your account",
        SUSPENDED: "The moderators suspended your account",
        APPEALED: "Somebody appeals against what moderators did",
        APPEAL_ACCEPTED: "Your appeal was accepted",
        APPEAL_REFUSED: "Your appeal was refused",
    }
)
NEWS: Final = """\
Hello @{username},

this is new for you at {site}:

{news}

Read more: {base_url}/notifications

Choose what you are mailed about: {base_url}/settings/notifications
No more mails like this one, without logging in: {link}
"""
DIGEST: Final = """\
Hello @{username},

you were last here {days} days ago. This is what people did meanwhile:

{news}

Read more at {site}: {base_url}/notifications

Choose what you are mailed about: {base_url}/settings/notifications
No more mails like this one, without logging in: {link}
"""
_NOT_YOU = """\
If this was not you: change your password and look at who is logged in, here:

{base_url}/settings/sign-in
"""
TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        CONFIRM_EMAIL: """\
Hello @{username},

welcome to {site}. Please open this link within two days, then you can log in:

{base_url}/confirm/{token}

If this was not you, ignore this mail: nothing happens without the link.
""",
        CONFIRM_MAILS: """\
Hello @{username},

you want to be told by mail what happens at {site}. Please open this link within two days, so that
we know that this address is yours:

{base_url}/confirm/{token}

If this was not you, ignore this mail: nothing more comes without the link.
""",
        ADDRESS_IN_USE: """\
Hello @{username},

somebody, perhaps you, has signed up at {site} with this e-mail address. You have an account there
already, so nothing was changed. You can log in here:

{base_url}/login

If this was not you, you need not do anything.
""",
        APPROVED: """\
Hello @{username},

your sign-up at {site} was approved. You can log in here:

{base_url}/login
""",
        CHANGE_EMAIL: """\
Hello @{username},

you asked that {site} writes to this address from now on. Please open this link within a day:

{base_url}/confirm-address/{token}

If this was not you, ignore this mail: nothing happens without the link.
""",
        EMAIL_CHANGED: """\
Hello @{username},

{site} writes to another address of yours from now on; this is the last mail to this one.

If this was not you, tell the people who run the server at once.
""",
        RESET_PASSWORD: """\
Hello @{username},

here you can choose a new password for {site}, within an hour:

{base_url}/reset/{token}

All your devices and apps are logged out then. If this was not you, ignore this mail: your password
stays as it is.
""",
        PASSWORD_CHANGED: """\
Hello @{username},

your password at {site} was changed, and your other devices and apps were logged out.

If this was not you, choose a new one here:

{base_url}/forgotten
""",
        NEW_SIGN_IN: """\
Hello @{username},

somebody, probably you, logged in to your account at {site} from a place or with a browser that we
did not see lately.

When:    {when}
Address: {address}
Browser: {device}

"""
        + _NOT_YOU,
        SECOND_STEP_ON: """\
Hello @{username},

from now on logging in at {site} takes your password and a second factor. Keep your recovery codes
somewhere safe: they stand for a lost telephone.

"""
        + _NOT_YOU,
        SECOND_STEP_OFF: """\
Hello @{username},

an app or a passkey was taken away from your log-in at {site}, and other devices were logged out.

"""
        + _NOT_YOU,
        RECOVERY_CODE_USED: """\
Hello @{username},

one of your recovery codes was used to log in at {site}. It works no more.

"""
        + _NOT_YOU,
        WARNED: """\
Hello @{username},

those who moderate {site} write to you:

{text}

Nothing was taken from your account. The rules of {site} are here:

{base_url}/about

If you think that this is wrong, say so once, here:

{base_url}/settings/standing
""",
        FROZEN: """\
Hello @{username},

those who moderate {site} froze your account: what you wrote stays, and you cannot use it now. They
say:

{text}

Nothing was deleted. Log in to fetch an archive of what is yours, and to say once why this is wrong,
if you think so:

{base_url}/suspended
""",
        COVERED: """\
Hello @{username},

those who moderate {site} decided that pictures, films and sounds which you post from now on are
covered until somebody clicks on them. They say:

{text}

If you think that this is wrong, say so once, here:

{base_url}/settings/standing
""",
        SILENCED: """\
Hello @{username},

those who moderate {site} limited your account: you write as before, and from now on only people who
follow you meet what you write. They say:

{text}

If you think that this is wrong, say so once, here:

{base_url}/settings/standing
""",
        SUSPENDED: """\
Hello @{username},

those who moderate {site} suspended your account: you and what you wrote are hidden. They say:

{text}

Nothing was deleted. Log in to fetch an archive of what is yours, and to say once why this is wrong,
if you think so:

{base_url}/suspended
""",
        APPEALED: """\
Hello @{username},

@{who} appeals against what moderators of {site} did:

{text}

You answer here:

{base_url}/admin/appeals
""",
        APPEAL_ACCEPTED: """\
Hello @{username},

those who moderate {site} accepted your appeal, and took back what they did. You had written:

{text}

{base_url}/
""",
        APPEAL_REFUSED: """\
Hello @{username},

those who moderate {site} refused your appeal: what they did stays. You had written:

{text}
""",
        ARCHIVE_READY: """\
Hello @{username},

the archive of your account at {site} is ready. For a week you can fetch it here:

{base_url}/settings/data

"""
        + _NOT_YOU,
    }
)
