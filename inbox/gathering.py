"""Reads what was found of a conversation elsewhere, one address at a time, and what that leads to.

Posts come in by the same door as all others (`fetching.py`). What is read is bounded for the whole
conversation and for each host (E137); `conversations.py` says when and in which order.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from actors import identity
from federation import addressing, origin, parsing, reading
from federation import vocabulary as v
from federation.client import Signer
from inbox import fetching, meant
from instance.errors import (
    Gone,
    Invalid,
    NotFound,
    RemoteNonsense,
    RemoteRefused,
    RemoteUnreachable,
    TooMany,
)
from instance.host_rules import HostRules
from instance.resources import Instance
from moderation import limits
from posts.visibility import WIDE
from storage import conversations, posts
from storage.records import ConversationFind, FindKind, FindState, Post, RowId

FINDS_MAX = 1000
"""Addresses that are kept of one conversation."""
HOSTS_MAX = 100
DEPTH_MAX = 50
ANCESTORS_MAX = 50
REQUESTS_PER_HOST_MAX = 200
"""Posts and pages of collections; who wrote a post is asked besides, once for each person."""
REQUESTS_PER_HOST_IN_ALL_MAX = 3000
IN_ALL_WINDOW_S = 600
"""The same for all conversations together, within ten minutes: five a second."""
FAILURES_PER_HOST_MAX = 2
MISSES_PER_HOST_MAX = 10
MISSES_PER_HIT_MAX = 3
"""A host that others name for what is not there is left in peace."""
HOST_TURN_MAX: Final = timedelta(seconds=20)

_NOT_THERE = frozenset({404, 410})
_WRAPPING = frozenset({"Add", "Announce", "Create"})
_WRAPPED_DEPTH_MAX = 3


@dataclass
class Gathering:
    """One reading of a conversation: what was found so far, and what each host was asked."""

    instance: Instance
    conversation_id: RowId
    signer: Signer
    rules: HostRules
    asked: Counter[str]
    uris: set[str] = field(default_factory=set)
    hosts: set[str] = field(default_factory=set)
    contexts: set[str] = field(default_factory=set)
    telling_hosts: set[str] = field(default_factory=set)
    """Hosts whose `context` was read to its end: it has all answers that they know."""
    climbed: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    misses: Counter[str] = field(default_factory=Counter)

    def remember(self, finds: Iterable[ConversationFind]) -> None:
        """Take in what was found before, also by a process that was killed."""
        for find in finds:
            self.uris.add(find.uri)
            self.hosts.add(find.host)
            self.climbed += find.kind is FindKind.POST and find.depth == 0
            if find.kind is FindKind.CONTEXT:
                self.contexts.add(find.uri)
                if find.state is FindState.READ:
                    self.telling_hosts.add(find.host)

    def find(
        self, uri: str, kind: FindKind, depth: int, signer_id: RowId | None = None
    ) -> ConversationFind | None:
        """Something to be read; None when it is known, ours, or too much."""
        try:
            host = origin.host_of(uri)
        except Invalid:
            return None
        is_full = len(self.uris) >= FINDS_MAX or depth > DEPTH_MAX
        is_one_host_more = host not in self.hosts and len(self.hosts) >= HOSTS_MAX
        if uri in self.uris or is_full or is_one_host_more:
            return None
        if self.instance.addresses.is_ours(uri) or not self.rules.is_welcome(host):
            return None
        self.uris.add(uri)
        self.hosts.add(host)
        if kind is FindKind.CONTEXT:
            self.contexts.add(uri)
        return ConversationFind(
            id=self.instance.ids.new(),
            conversation_id=self.conversation_id,
            uri=uri,
            kind=kind,
            host=host,
            depth=depth,
            signer_id=signer_id,
        )

    # ------------------------------------------------------------ reading

    async def ask_host(self, finds: Iterable[ConversationFind]) -> None:
        """Read what was found of one host, one after another; a slow host has its turn only."""
        begun_at = self.instance.now()
        for find in finds:
            if (end := self._end_of(find.host)) is not None:
                await conversations.settle_waiting(self.conversation_id, end, host=find.host)
                return
            if self.instance.now() - begun_at > HOST_TURN_MAX:
                return
            await conversations.settle(find.id, await self._read(find))

    def _end_of(self, host: str) -> FindState | None:
        """Why a host is asked nothing more; None while it may be asked."""
        if self.failures[host] >= FAILURES_PER_HOST_MAX:
            return FindState.SILENT
        if self.misses[host] > MISSES_PER_HOST_MAX + MISSES_PER_HIT_MAX * self.hits[host]:
            return FindState.GONE
        return FindState.LEFT if self.asked[host] >= REQUESTS_PER_HOST_MAX else None

    async def _count(self, host: str) -> bool:
        """Count a request; False when all conversations together have asked a host enough."""
        self.asked[host] += 1
        key, often = f"conversations at {host}", REQUESTS_PER_HOST_IN_ALL_MAX
        left = await limits.allowance(self.instance, key, limit=often, window_s=IN_ALL_WINDOW_S)
        return left.remaining >= 0

    async def _read(self, find: ConversationFind) -> FindState:
        state = await self._outcome(find)
        if find.kind is FindKind.POST:
            self.hits[find.host] += state is FindState.READ
            self.misses[find.host] += state is FindState.GONE
        return state

    async def _outcome(self, find: ConversationFind) -> FindState:
        try:
            if find.kind is FindKind.POST:
                return await self._read_post(find)
            return await self._read_collection(find)
        except (RemoteUnreachable, TooMany):
            self.failures[find.host] += 1
            return FindState.SILENT
        except RemoteRefused as refused:
            return FindState.GONE if refused.status in _NOT_THERE else FindState.CLOSED
        except (Gone, Invalid, NotFound, RemoteNonsense):
            return FindState.GONE

    async def _read_post(self, find: ConversationFind) -> FindState:
        note, post = None, await posts.find_by_uri(find.uri)
        if post is None:
            if not await self._count(find.host):
                return FindState.LEFT
            note = await self._fetch(find)
            post = await self._keep(find, note)
        if post is None or post.deleted_at is not None:
            return FindState.GONE
        await self.follow(post, find, note)
        return FindState.READ

    async def _fetch(self, find: ConversationFind) -> v.Note:
        try:
            return await fetching.fetch_note(self.instance, find.uri, signer=self.signer)
        except RemoteRefused:
            if find.signer_id is None:
                raise
            # E84: what is for followers is shown to a follower.
            await self._count(find.host)
            signer = await identity.signer(self.instance, find.signer_id)
            return await fetching.fetch_note(self.instance, find.uri, signer=signer)

    async def _keep(self, find: ConversationFind, note: v.Note) -> Post | None:
        """Store a note if it is a part of the conversation and meant for who asked."""
        is_wide = any(addressing.is_public(uri) for uri in (*note.to, *note.cc))
        if not is_wide and find.signer_id is None:
            raise RemoteRefused("The post is not for everybody.")
        if find.depth > 0 and not await self._belongs(note):
            return None
        return await fetching.keep(self.instance, note)

    async def _belongs(self, note: v.Note) -> bool:
        """Whether a note answers something of the conversation, or says that it is in it."""
        if note.context in self.contexts or note.in_reply_to in self.uris:
            return True
        if note.in_reply_to is None:
            return False
        return await meant.living_post(self.instance, note.in_reply_to) is not None

    # ------------------------------------------------------------ what it leads to

    async def follow(self, post: Post, find: ConversationFind, note: v.Note | None = None) -> None:
        """Keep what a post leads to: what it answers, its conversation, its answers."""
        leads: list[ConversationFind | None] = []
        if await self._is_loose(post):
            uri = post.in_reply_to_uri or ""
            is_climbing = find.depth == 0 and self.climbed < ANCESTORS_MAX
            self.climbed += is_climbing
            depth = 0 if is_climbing else find.depth + 1
            leads.append(self.find(uri, FindKind.POST, depth, find.signer_id))
        leads += self.leads_of(post, find.depth + 1, find.signer_id, note)
        await conversations.add_finds(lead for lead in leads if lead is not None)

    async def _is_loose(self, post: Post) -> bool:
        """Whether what a post answers is not here; tied is what came at the same moment.

        Neither of two that are stored at once sees the other: whichever is there last ties them.
        """
        await posts.adopt_replies(post)
        if post.in_reply_to_uri is None or post.in_reply_to_id is not None:
            return False
        parent = await posts.find_by_uri(post.in_reply_to_uri)
        if parent is not None:
            await posts.adopt_replies(parent)
        return parent is None

    def leads_of(
        self, post: Post, depth: int, signer_id: RowId | None, note: v.Note | None = None
    ) -> Iterator[ConversationFind | None]:
        """Where the rest of a conversation may be listed, by what one of its posts says."""
        if post.is_local or (post.visibility not in WIDE and signer_id is None):
            return
        is_first = post.in_reply_to_uri is None
        if is_first and post.context_uri and origin.same_origin(post.context_uri, post.uri):
            yield self.find(post.context_uri, FindKind.CONTEXT, 0, signer_id)
        if post.replies_url is None:
            return
        listed = note.listed_replies if note is not None else None
        if listed is None or listed.id != post.replies_url:
            yield self.find(post.replies_url, FindKind.REPLIES, depth, signer_id)
            return
        page = listed.first if isinstance(listed.first, v.Collection) else listed
        for uri in page.items:
            if isinstance(uri, str):
                yield self.find(uri, FindKind.POST, depth, signer_id)
        rest = page.next or (listed.first if isinstance(listed.first, str) else None)
        if rest is not None and listed.total != 0 and origin.same_origin(rest, post.uri):
            yield self.find(rest, FindKind.REPLIES, depth, signer_id)

    # ------------------------------------------------------------ collections

    async def _read_collection(self, find: ConversationFind) -> FindState:
        if find.kind is FindKind.REPLIES and find.host in self.telling_hosts:
            return FindState.READ
        if not await self._count(find.host):
            return FindState.LEFT
        signer, is_cut = self.signer, False
        if find.signer_id is not None:
            signer = await identity.signer(self.instance, find.signer_id)
        async for page in fetching.pages(self.instance, find.uri, signer):
            await self._take(page, find)
            is_cut = page.has_more
            if is_cut and (self._end_of(find.host) or not await self._count(find.host)):
                break
        if find.kind is FindKind.CONTEXT and not is_cut:
            self.telling_hosts.add(find.host)
        return FindState.LEFT if is_cut else FindState.READ

    async def _take(self, page: fetching.Page, find: ConversationFind) -> None:
        """Keep the posts of a page: those of its own host as they stand there, others by id."""
        listed = [each for each in (_listed(item) for item in page.items) if each is not None]
        known = await posts.by_uris(uri for uri, _ in listed)
        depth, leads = find.depth + 1, list[ConversationFind | None]()
        for uri, document in listed:
            if (post := known.get(uri)) is not None:
                leads += self.leads_of(post, depth + 1, find.signer_id)
                continue
            lead = self.find(uri, FindKind.POST, depth, find.signer_id)
            note = _embedded(document, page.url) if document is not None else None
            leads.append(await self._taken(lead, note) if lead and note else lead)
        await conversations.add_finds(lead for lead in leads if lead is not None)

    async def _taken(self, lead: ConversationFind, note: v.Note) -> ConversationFind:
        """A find whose note came with its collection; it is asked for when that was not enough."""
        try:
            post = await self._keep(lead, note)
        except (Gone, Invalid, NotFound, RemoteNonsense, RemoteRefused, RemoteUnreachable):
            return lead
        if post is None:
            return replace(lead, state=FindState.GONE)
        await self.follow(post, lead, note)
        return replace(lead, state=FindState.READ)


def _listed(item: v.Document | str, depth: int = 0) -> tuple[str, v.Document | None] | None:
    """The post that an item of a collection means: itself, or what an activity brought.

    FEP-f228: collections of posts, and of activities such as Create; FEP-171b: Add(Create(Note)).
    """
    if isinstance(item, str):
        return item, None
    names = set(reading.types(item.get("type")))
    if not names & parsing.ACTIVITY_TYPES:
        uri = item.get("id")
        return (uri, item) if isinstance(uri, str) else None
    inner = item.get("object")
    if not names & _WRAPPING or depth >= _WRAPPED_DEPTH_MAX or not isinstance(inner, str | dict):
        return None
    return _listed(inner, depth + 1)


def _embedded(document: v.Document, url: str) -> v.Note | None:
    """A note that its own server wrote into its collection (FEP-fe34: of the same origin)."""
    try:
        note = parsing.parse_note(document)
    except Invalid:
        return None
    is_own = origin.same_origin(note.id, url) and origin.same_origin(note.attributed_to, note.id)
    return note if is_own else None
