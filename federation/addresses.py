"""The URLs of our own things, in one place; pure.

Ids are opaque (no handle in them), so that a handle can change and a person can bring a domain.
People read `/@alice` and `/@alice/<post id>`. Routes in `webapp/activitypub/routes.py` mirror this.
"""

import base64
import binascii
import re
from dataclasses import dataclass

from federation.file_seals import FileSeals, is_seal, seal

_ACTOR = re.compile(r"/actors/([0-9]{1,19})")
_POST = re.compile(r"/posts/([0-9]{1,19})")
_ACTIVITY = re.compile(r"/activities/([0-9]{1,19})")
_PAGE = re.compile(r"/@([A-Za-z0-9_]{1,30})(?:/([0-9]{1,19}))?")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Builds and recognises our own URLs. `base_url` has no slash at the end.

    `handle_domain` is that of the handles of people here, where it is not that of the URLs (A119).
    `file_key` is there while somebody who lives here is asking by an app: see `shown_file`.
    `seals` are there where the operator has files sealed: see `private_file`.
    """

    base_url: str
    handle_domain: str = ""
    file_key: bytes = b""
    seals: FileSeals | None = None

    def actor(self, actor_id: int) -> str:
        """The ActivityPub id of a local actor."""
        return f"{self.base_url}/actors/{actor_id}"

    def key(self, actor_id: int) -> str:
        """The `keyId` of the key that a local actor signs requests with."""
        return f"{self.actor(actor_id)}#main-key"

    def proof_key(self, actor_id: int) -> str:
        """The id of the key that a local actor signs documents with (FEP-521a)."""
        return f"{self.actor(actor_id)}#ed25519-key"

    def inbox(self, actor_id: int) -> str:
        """Where activities for one actor are POSTed."""
        return f"{self.actor(actor_id)}/inbox"

    def outbox(self, actor_id: int) -> str:
        """The collection of what an actor did."""
        return f"{self.actor(actor_id)}/outbox"

    def followers(self, actor_id: int) -> str:
        """The collection of an actor's followers; also the address of followers-only posts."""
        return f"{self.actor(actor_id)}/followers"

    def following(self, actor_id: int) -> str:
        """The collection of whom an actor follows."""
        return f"{self.actor(actor_id)}/following"

    def featured(self, actor_id: int) -> str:
        """The collection of pinned posts."""
        return f"{self.actor(actor_id)}/featured"

    def featured_tags(self, actor_id: int) -> str:
        """The collection of the hashtags that an actor's profile names."""
        return f"{self.actor(actor_id)}/tags"

    def follower_synchronization(self, actor_id: int) -> str:
        """The followers of an actor at the host that asks (FEP-8fcf)."""
        return f"{self.followers(actor_id)}/synchronization"

    @property
    def shared_inbox(self) -> str:
        """One inbox for everybody here (ActivityPub 7.1.3)."""
        return f"{self.base_url}/inbox"

    @property
    def client_endpoints(self) -> dict[str, str]:
        """What clients of ActivityPub need besides inbox and outbox (ActivityPub 4.1, A19)."""
        return {
            "oauthAuthorizationEndpoint": f"{self.base_url}/oauth/authorize",
            "oauthTokenEndpoint": f"{self.base_url}/oauth/token",
            "proxyUrl": f"{self.base_url}/proxy",
            "uploadMedia": f"{self.base_url}/upload",
        }

    def post(self, post_id: int) -> str:
        """The ActivityPub id of a local post."""
        return f"{self.base_url}/posts/{post_id}"

    def replies(self, post_id: int) -> str:
        """The collection of public replies to a local post."""
        return f"{self.post(post_id)}/replies"

    def context(self, post_id: int) -> str:
        """The collection of all posts in the conversation that a local post began (FEP-7888)."""
        return f"{self.post(post_id)}/context"

    def emoji(self, shortcode: str) -> str:
        """The id of a custom emoji of this server."""
        return f"{self.base_url}/emojis/{shortcode}"

    def likes(self, post_id: int) -> str:
        """The collection of who likes a local post: its number."""
        return f"{self.post(post_id)}/likes"

    def shares(self, post_id: int) -> str:
        """The collection of who boosted a local post: its number."""
        return f"{self.post(post_id)}/shares"

    def activity(self, activity_id: int) -> str:
        """The id of an activity of ours."""
        return f"{self.base_url}/activities/{activity_id}"

    def stamp(self, request_id: int) -> str:
        """Where it is to be had that somebody here allows something (FEP-044f)."""
        return f"{self.base_url}/stamps/{request_id}"

    def profile_page(self, username: str) -> str:
        """Where people read a local actor."""
        return f"{self.base_url}/@{username}"

    def post_page(self, username: str, post_id: int) -> str:
        """Where people read a local post."""
        return f"{self.profile_page(username)}/{post_id}"

    def hashtag_page(self, name: str) -> str:
        """The page of a hashtag; `name` is folded, without `#`, percent-encoded by callers."""
        return f"{self.base_url}/tags/{name}"

    def shown_file(self, url: str) -> str:
        """Where people and apps find a file: ours where it is, others as a copy we keep (B65).

        A copy is fetched for members alone. Browsers say who they are, but apps ask for pictures
        without their token: what an app of a member is told carries a seal that stands for it.
        """
        if self.is_ours(url):
            return url
        name = base64.urlsafe_b64encode(url.encode()).rstrip(b"=").decode()
        sealed = f"?seal={seal(self.file_key, name)}" if self.file_key else ""
        return f"{self.base_url}/media/remote/{name}{sealed}"

    def private_file(self, url: str) -> str:
        """Where readers find a file of a post that is not for everybody (MD-12).

        Ours is sealed, where files are: the address holds for some days, see `sealed_until`.
        """
        if self.seals is None or not self._is_upload(url):
            return self.shown_file(url)
        return self.seals.told(url)

    @property
    def sealed_until(self) -> int:
        """Until when addresses of private files hold that are made now; 0 where none ends."""
        return self.seals.until if self.seals is not None else 0

    def delivered_file(self, url: str) -> str:
        """Where other servers find a file of a post that is not for everybody."""
        if self.seals is None or not self._is_upload(url):
            return url
        return self.seals.delivered(url)

    def _is_upload(self, url: str) -> bool:
        return url.startswith(f"{self.base_url}/media/")

    def is_sealed(self, name: str, given: str) -> bool:
        """Whether this seal was made for this name of a file of another server."""
        return bool(self.file_key) and is_seal(given, self.file_key, name)

    def is_ours(self, url: str) -> bool:
        """Whether a URL is on our own origin."""
        return url == self.base_url or url.startswith((f"{self.base_url}/", f"{self.base_url}#"))

    def _match(self, pattern: re.Pattern[str], url: str) -> re.Match[str] | None:
        if not self.is_ours(url):
            return None
        return pattern.fullmatch(url[len(self.base_url) :])

    def actor_id(self, url: str) -> int | None:
        """The row id in the URL of a local actor, else None."""
        found = self._match(_ACTOR, url)
        return int(found[1]) if found else None

    def post_id(self, url: str) -> int | None:
        """The row id in the id *or* page URL of a local post, else None."""
        found = self._match(_POST, url)
        if found:
            return int(found[1])
        page = self._match(_PAGE, url)
        return int(page[2]) if page and page[2] else None

    def activity_id(self, url: str) -> int | None:
        """The row id in the URL of a local activity, else None."""
        found = self._match(_ACTIVITY, url)
        return int(found[1]) if found else None

    def username(self, url: str) -> str | None:
        """The handle in the URL of a local profile page, else None."""
        page = self._match(_PAGE, url)
        return page[1] if page and not page[2] else None


def still_address(shown: str) -> str:
    """Where that is which stands for a file of a shown address and does not move (B66).

    Only what is ours or a copy of ours has one; whether something moves is not known before it is
    looked at, so a file that does not move may have two addresses.
    """
    at_ours = shown.replace("/media/moving-", "/media/still-", 1)
    return at_ours.replace("/media/remote/", "/media/still/", 1)


def remote_file_url(name: str) -> str | None:
    """The address of a file of another server out of the name that it has in ours."""
    try:
        raw = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4))
        return raw.decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
