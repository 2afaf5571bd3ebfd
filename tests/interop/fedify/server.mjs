// A small server written with Fedify, another implementation of ActivityPub: what its people are
// told to do (POST /test/<what>), it does in its own way; what it heard is read at GET /test/heard.
//
// node server.mjs ADDRESS PORT rfc9421|draft-cavage-http-signatures-12

import { createServer } from "node:http";
import { Readable } from "node:stream";
import {
  createFederation,
  generateCryptoKeyPair,
  MemoryKvStore,
  verifyObject,
} from "@fedify/fedify";
import {
  Accept,
  Activity,
  Announce,
  Create,
  Delete,
  EmojiReact,
  Endpoints,
  Follow,
  isActor,
  Like,
  Mention,
  Move,
  Note,
  Person,
  PUBLIC_COLLECTION,
  Tombstone,
  Undo,
  Update,
} from "@fedify/fedify/vocab";
import { Temporal } from "@js-temporal/polyfill";

const [address, port, firstKnock] = process.argv.slice(2);
const origin = `http://${address}:${port}`;

const people = new Map(); // identifier -> {keys, followers, movedTo, aliases, published}
const notes = new Map(); // id -> {author, content, inReplyTo, mention, updated, published}
const done = new Map(); // id of an activity -> the activity, to be undone
const heard = [];
let serial = 0;

// What `generateCryptoKeyPair` makes has 4096 bits, and takes long.
const rsa = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
for (const name of ["freya", "frida", "fenja"]) {
  people.set(name, {
    keys: [
      await crypto.subtle.generateKey(rsa, true, ["sign", "verify"]),
      await generateCryptoKeyPair("Ed25519"),
    ],
    followers: new Map(),
    movedTo: null,
    aliases: [],
  });
}

// Without a queue activities are sent at once, and an answer to /test/… says how that went.
const federation = createFederation({
  kv: new MemoryKvStore(),
  origin,
  firstKnock,
  allowPrivateAddress: true,
});

federation
  .setActorDispatcher("/people/{identifier}", async (ctx, identifier) => {
    const person = people.get(identifier);
    if (person === undefined) return null;
    const keys = await ctx.getActorKeyPairs(identifier);
    return new Person({
      id: ctx.getActorUri(identifier),
      preferredUsername: identifier,
      name: identifier[0].toUpperCase() + identifier.slice(1),
      summary: "<p>Written with Fedify</p>",
      url: new URL(`/@${identifier}`, origin),
      inbox: ctx.getInboxUri(identifier),
      outbox: ctx.getOutboxUri(identifier),
      followers: ctx.getFollowersUri(identifier),
      endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
      publicKey: keys[0].cryptographicKey,
      assertionMethods: keys.map((key) => key.multikey),
      successor: person.movedTo,
      aliases: person.aliases,
    });
  })
  .setKeyPairsDispatcher((_, identifier) => people.get(identifier)?.keys ?? []);

federation.setFollowersDispatcher("/people/{identifier}/followers", (_, identifier) => {
  const person = people.get(identifier);
  return person && { items: [...person.followers.values()] };
});
federation.setOutboxDispatcher("/people/{identifier}/outbox", () => ({ items: [] }));

federation.setObjectDispatcher(Note, "/notes/{id}", (ctx, { id }) => {
  const uri = ctx.getObjectUri(Note, { id }).href;
  return notes.has(uri) ? written(ctx, uri) : null;
});

federation
  .setInboxListeners("/people/{identifier}/inbox", "/inbox")
  .setSharedKeyDispatcher(() => ({ identifier: "freya" }))
  .on(Follow, async (ctx, follow) => {
    heard.push(await follow.toJsonLd());
    const { identifier } = ctx.parseUri(follow.objectId) ?? {};
    const follower = await follow.getActor(ctx);
    if (!people.has(identifier) || !isActor(follower)) return;
    people.get(identifier).followers.set(follower.id.href, follower);
    const accept = new Accept({
      id: next("accepts"),
      actor: follow.objectId,
      object: follow,
    });
    await ctx.sendActivity({ identifier }, follower, accept);
  })
  .on(Activity, async (_, activity) => {
    heard.push(await activity.toJsonLd());
  });

function next(kind) {
  serial += 1;
  return new URL(`/${kind}/${serial}`, origin);
}

function written(ctx, uri) {
  const note = notes.get(uri);
  return new Note({
    id: new URL(uri),
    attribution: ctx.getActorUri(note.author),
    content: `<p>${note.content}</p>`,
    to: PUBLIC_COLLECTION,
    ccs: [ctx.getFollowersUri(note.author), ...(note.mention ? [new URL(note.mention)] : [])],
    replyTarget: note.inReplyTo ? new URL(note.inReplyTo) : null,
    tags: note.mention ? [new Mention({ href: new URL(note.mention), name: note.named })] : [],
    published: note.published,
    updated: note.updated,
  });
}

// Each returns the activity and who it goes to beside the followers.
const actions = {
  follow: (ctx, { by, object }) =>
    [new Follow({ id: next("follows"), actor: ctx.getActorUri(by), object: new URL(object) }), object],

  post(ctx, { by, content, inReplyTo, mention, named }) {
    const note = next("notes").href;
    const published = Temporal.Now.instant();
    notes.set(note, { author: by, content, inReplyTo, mention, named, published });
    return [about(ctx, Create, by, note, written(ctx, note)), mention];
  },

  edit(ctx, { by, object, content }) {
    Object.assign(notes.get(object), { content, updated: Temporal.Now.instant() });
    return [about(ctx, Update, by, object, written(ctx, object)), notes.get(object).mention];
  },

  delete(ctx, { by, object }) {
    notes.delete(object);
    return [about(ctx, Delete, by, object, new Tombstone({ id: new URL(object) }))];
  },

  like: (ctx, { by, object, author }) =>
    [new Like({ id: next("likes"), actor: ctx.getActorUri(by), object: new URL(object) }), author],

  react: (ctx, { by, object, author, content }) => [
    new EmojiReact({
      id: next("reactions"),
      actor: ctx.getActorUri(by),
      object: new URL(object),
      content,
    }),
    author,
  ],

  vote(ctx, { by, object, author, name }) {
    const me = ctx.getActorUri(by);
    const note = new Note({
      id: next("votes"),
      attribution: me,
      name,
      replyTarget: new URL(object),
      to: new URL(author),
    });
    return [new Create({ id: next("activities"), actor: me, to: new URL(author), object: note }), author];
  },

  boost: (ctx, { by, object, author }) =>
    [about(ctx, Announce, by, object, new URL(object)), author],

  undo: (ctx, { by, object, author }) =>
    [new Undo({ id: next("undos"), actor: ctx.getActorUri(by), object: done.get(object) }), author],

  forget() {
    heard.length = 0;
    for (const person of people.values()) {
      Object.assign(person, { followers: new Map(), movedTo: null, aliases: [] });
    }
    return [];
  },

  alias(ctx, { by, object }) {
    people.get(by).aliases.push(new URL(object));
    return [];
  },

  move(ctx, { by, object }) {
    people.get(by).movedTo = new URL(object);
    const me = ctx.getActorUri(by);
    return [new Move({ id: next("moves"), actor: me, object: me, target: new URL(object) })];
  },
};

function about(ctx, kind, by, uri, object) {
  return new kind({
    id: next("activities"),
    actor: ctx.getActorUri(by),
    to: PUBLIC_COLLECTION,
    cc: ctx.getFollowersUri(by),
    object,
  });
}

async function act(what, words) {
  const ctx = federation.createContext(new URL(origin), undefined);
  const [activity, also] = actions[what](ctx, words);
  if (activity === undefined) return {};
  done.set(activity.id.href, activity);
  const sender = { identifier: words.by };
  // A follow or a like concerns one person; the rest goes to all followers as well.
  if (!["follow", "like", "react", "vote"].includes(what)) {
    await ctx.sendActivity(sender, "followers", activity, { preferSharedInbox: true });
  }
  if (also) {
    const documentLoader = await ctx.getDocumentLoader(sender);
    const recipient = await ctx.lookupObject(also, { documentLoader });
    if (!isActor(recipient)) throw new Error(`nobody found at ${also}`);
    await ctx.sendActivity(sender, recipient, activity);
  }
  const { id, objectId } = activity;
  return { id: id.href, object: objectId?.href ?? null };
}

async function answer(request) {
  const { pathname } = new URL(request.url);
  if (pathname === "/test/heard") return Response.json(heard);
  if (pathname === "/test/look") {
    // What Fedify makes of a handle or an address of somebody else.
    const { by, object } = await request.json();
    const ctx = federation.createContext(new URL(origin), undefined);
    const documentLoader = by ? await ctx.getDocumentLoader({ identifier: by }) : undefined;
    const found = await ctx.lookupObject(object, { documentLoader });
    return Response.json(found && (await found.toJsonLd({ format: "expand" })));
  }
  if (pathname === "/test/prove") {
    // Whether the integrity proof (FEP-8b32) of a document is right, as Fedify reads it.
    const { by, object } = await request.json();
    const ctx = federation.createContext(new URL(origin), undefined);
    const documentLoader = await ctx.getDocumentLoader({ identifier: by });
    const { document } = await documentLoader(object);
    const loaders = { documentLoader, contextLoader: ctx.contextLoader };
    const found = await verifyObject(Activity, document, loaders);
    const forged = { ...document, published: "2001-01-01T00:00:00Z" };
    const wrong = await verifyObject(Activity, forged, loaders);
    return Response.json({ isProven: found !== null, isFooled: wrong !== null });
  }
  if (pathname.startsWith("/test/")) {
    try {
      return Response.json(await act(pathname.slice("/test/".length), await request.json()));
    } catch (error) {
      return new Response(String(error.stack ?? error), { status: 500 });
    }
  }
  return await federation.fetch(request, {
    contextData: undefined,
    onNotAcceptable: () => new Response("<h1>A page</h1>", { headers: { "content-type": "text/html" } }),
  });
}

createServer(async (request, response) => {
  const hasBody = !["GET", "HEAD"].includes(request.method);
  const made = await answer(
    new Request(`${origin}${request.url}`, {
      method: request.method,
      headers: Object.entries(request.headers).flatMap(([name, value]) =>
        [value].flat().map((each) => [name, each])
      ),
      body: hasBody ? Readable.toWeb(request) : undefined,
      duplex: "half",
    }),
  );
  response.writeHead(made.status, Object.fromEntries(made.headers));
  response.end(Buffer.from(await made.arrayBuffer()));
}).listen(Number(port), address);
