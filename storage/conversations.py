"""Conversations that are looked for elsewhere: what was found of them, and who is told nothing."""

from storage.records import Conversation, ConversationFind, MutedThread
from storage.rows import Rows

CONVERSATIONS = Rows("conversations", Conversation)
FINDS = Rows("conversation_finds", ConversationFind)
MUTED = Rows("muted_threads", MutedThread)
