"""All jobs: which handler does a kind of them, and which come back by themselves."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from actors import counting, local_keys, profile, remote, software
from feeds import announcements, fanout, keeping, pack_news, server_news, subscribing, trends
from inbox import (
    backfilling,
    consent,
    conversations,
    dispatch,
    fetching,
    forwarding,
    measuring,
    quotes,
    reception,
    second_hand,
    synchronization,
)
from instance.worker import Handler, forget_dead_letters
from media import remote as remote_files
from media import uploads
from moderation import hosts
from outbox import (
    cleaning,
    delivery,
    following,
    host_blocking,
    moving,
    profiles,
    relaying,
    repeating,
    restoring,
    scheduling,
    states,
    voting,
)
from posts import cards, files, indexing
from transfers import archiving, bringing, importing
from users import annual_reports, mail, tidying
from webapp.mastodon import pushing
from webapp.pages import mailing

JOBS: Mapping[str, Handler] = MappingProxyType(
    {
        "process_activity": dispatch.process,
        "fan_out": fanout.fan_out,
        "tell_of_post": subscribing.tell_of_post,
        "tell_announcement": announcements.tell_announcement,
        "tell_severed": server_news.tell_severed,
        "tell_sign_up": server_news.tell_sign_up,
        "tell_packed": pack_news.tell_packed,
        "tell_pack_changed": pack_news.tell_pack_changed,
        "leave_host": host_blocking.leave,
        "fill_feed": keeping.fill,
        "tidy_feeds": keeping.tidy,
        "tidy_keys": local_keys.tidy,
        "plan_delivery": delivery.plan,
        "deliver": delivery.deliver,
        "push": pushing.push,
        "push_to": pushing.push_to,
        "fetch_first": dispatch.fetch_first,
        "fetch_activity": second_hand.fetch_activity,
        "forget_documents": reception.forget_documents,
        "fetch_thread": fetching.fetch_thread,
        "fetch_featured": fetching.fetch_featured,
        "look_for_conversation": conversations.look_for,
        "fetch_conversation": conversations.fetch,
        "forget_conversations": conversations.forget,
        "refresh_post": fetching.refresh_post,
        "settle_quote": quotes.settle,
        "verify_answer": consent.verify_answer,
        "measure_pictures": measuring.measure_pictures,
        "learn_software": software.learn,
        "publish_scheduled": scheduling.publish,
        "clean_posts": cleaning.clean,
        "forget_repeats": repeating.forget,
        "tell_poll": voting.tell_poll,
        "close_poll": voting.close_poll,
        "forget_forwarded": forwarding.forget,
        "synchronize_followers": synchronization.synchronize,
        "refresh_actor": remote.refresh,
        "apply_host_rules": hosts.apply,
        "restore_follows": restoring.restore_follows,
        "bury_actor": remote.bury_posts,
        "count_actor": counting.count,
        "fetch_posts": backfilling.fetch_posts,
        "fetch_people": backfilling.fetch_people,
        "wipe_account": profiles.wipe,
        "accept_waiting": following.accept_waiting,
        "follow_move": moving.follow_move,
        "send_to_relays": relaying.send,
        "deliver_to_relay": relaying.deliver,
        "take_along": moving.take_along,
        "verify_links": profile.verify_links,
        "send_mail": mail.send_mail,
        "mail_news": mailing.mail_news,
        "mail_digest": mailing.mail_digest,
        "plan_digests": mailing.plan_digests,
        "remove_file": uploads.remove_file,
        "tidy_media": files.tidy,
        "prepare_media": files.prepare,
        "index_posts": indexing.index,
        "count_trends": trends.count,
        "forget_remote_files": remote_files.forget_remote_files,
        "look_at_link": cards.look,
        "forget_cards": cards.forget_old,
        "tidy_users": tidying.tidy,
        "import_slice": importing.carry_out,
        "undo_import": bringing.carry_out_undo,
        "make_archive": archiving.make,
        "remove_archive": archiving.remove,
        "tidy_transfers": archiving.tidy,
        "generate_annual_report": annual_reports.generate,
        "forget_dead_letters": forget_dead_letters,
        "forget_deliveries": states.forget_deliveries,
    }
)
SCHEDULE: tuple[tuple[timedelta, str], ...] = (
    (timedelta(minutes=1), "index_posts"),
    (timedelta(minutes=10), "count_trends"),
    (timedelta(minutes=10), "clean_posts"),
    (timedelta(hours=6), "plan_digests"),
    (timedelta(days=1), "forget_documents"),
    (timedelta(days=1), "forget_dead_letters"),
    (timedelta(days=1), "forget_deliveries"),
    (timedelta(days=1), "tidy_users"),
    (timedelta(days=1), "tidy_transfers"),
    (timedelta(days=1), "tidy_media"),
    (timedelta(days=1), "forget_remote_files"),
    (timedelta(days=1), "forget_cards"),
    (timedelta(days=1), "tidy_feeds"),
    (timedelta(days=1), "forget_repeats"),
    (timedelta(days=1), "tidy_keys"),
    (timedelta(days=1), "forget_conversations"),
)
