import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalBox, memoryStorage } from "../src/box";
import { Client } from "../src/client";
import type { Mutex } from "../src/mutex";
import type { Message } from "../src/protocol";
import { Session } from "../src/session";
import { deskState, FakeClock, FakeNetwork, message, settle, welcome, type FakeTransport } from "./fake";

const free: Mutex = { run: (job) => job(() => true) };

function setUp(storage = memoryStorage()) {
  const clock = new FakeClock();
  const net = new FakeNetwork();
  const arrived: Message[] = [];
  const session = new Session(storage, "demo", () => clock.now());
  const client = new Client({
    open: net.opener, clock, random: () => 1, box: new LocalBox(storage, "box"), mutex: free, startMutex: free, session,
    put: async () => ({ status: 201, body: JSON.stringify({ id: "up1", name: "a", type: "", size: 1, kind: "file" }) }),
    tabs: () => ({ tell() {}, close() {} }), lang: () => "ru", page: () => ({ url: "https://site/", title: "Site" }), tab: "tab",
    arrived: (m) => arrived.push(m), base: "https://desk", siteKey: "demo",
  });
  /** The usual server: one session, acks what it gets. */
  let seq = 0;
  const serve = (t: FakeTransport, f: { t: string; [k: string]: unknown }) => {
    if (f.t === "hello") t.receive(welcome(f.token ? { session: { expires: "2099-01-01T00:00:00.000Z" } } : {}));
    if (f.t === "start") t.receive({ t: "session", cid: String(f.cid), token: "T1", expires: "2099-01-01T00:00:00.000Z" });
    if (f.t === "send") t.receive({ t: "ack", cid: String(f.cid), id: `m${++seq}`, seq });
    if (f.t === "ping") t.receive({ t: "pong", n: Number(f.n) });
  };
  return { clock, net, client, session, storage, arrived, serve };
}
const begin = async (s: ReturnType<typeof setUp>) => { await s.client.start(); s.net.current.open(); await settle(); };
const sent = (s: ReturnType<typeof setUp>, t: string) => s.net.attempts.flatMap((a) => a.sent).filter((f) => f.t === t);

test("a session is opened by the first act and not before", async () => {
  const s = setUp();
  s.net.onFrame = s.serve;
  await begin(s);
  await s.clock.advance(5_000);
  assert.equal(sent(s, "start").length, 0);
  await s.client.act({ act: "send", text: "hello" });
  await s.clock.advance(100);
  assert.deepEqual(s.net.current.sent.map((f) => f.t).filter((t) => t !== "ping" && t !== "got"), ["hello", "start", "send"]);
  assert.equal(s.session.token, "T1");
  assert.equal(s.client.outbox.entries.length, 0);
});

test("a lost answer to start is asked for again with the same cid", async () => {
  const s = setUp();
  s.net.onFrame = (t, f) => { if (f.t !== "start") s.serve(t, f); };
  await begin(s);
  await s.client.act({ act: "send", text: "hello" });
  await settle();
  s.net.current.close(1006);
  s.net.onFrame = s.serve;
  await s.clock.advance(400);
  s.net.current.open();
  await s.clock.advance(4_000);
  const starts = sent(s, "start");
  assert.equal(starts.length, 2);
  assert.equal(starts[0]!.cid, starts[1]!.cid);
  assert.equal(s.client.outbox.entries.length, 0);
});

test("reconnecting resumes from the highest rev with the same token", async () => {
  const s = setUp();
  s.session.keep("T1", "2099-01-01T00:00:00.000Z");
  s.net.onFrame = s.serve;
  await begin(s);
  s.net.current.receive({ t: "message", m: message(7, { rev: 9 }) });
  await settle();
  s.net.current.close(1006);
  await s.clock.advance(400);
  s.net.current.open();
  const hello = s.net.current.sent[0]!;
  assert.equal(hello.rev, 9);
  assert.equal(hello.token, "T1");
});

test("4010 forgets the token, starts anew and keeps what was typed", async () => {
  const s = setUp();
  s.session.keep("OLD", "2099-01-01T00:00:00.000Z");
  await begin(s);
  await s.client.act({ act: "send", text: "kept" });
  s.net.current.close(4010);
  assert.equal(s.session.token, undefined);
  s.net.onFrame = s.serve;
  await s.clock.advance(1_000);
  s.net.current.open();
  await s.clock.advance(1_000);
  assert.equal(s.net.current.sent[0]!.token, undefined);
  assert.equal(s.net.current.sent[0]!.rev, 0);
  assert.equal(sent(s, "send").at(-1)!.text, "kept");
  assert.equal(s.session.token, "T1");
});

test("1009 fails the frame under way and repeats the next ones only", async () => {
  const s = setUp();
  s.session.keep("T1", "2099-01-01T00:00:00.000Z");
  s.net.onFrame = (t, f) => { if (f.t === "send" && f.text === "huge") t.close(1009); else s.serve(t, f); };
  await begin(s);
  await s.client.act({ act: "send", text: "huge" });
  await s.client.act({ act: "send", text: "small" });
  await s.clock.advance(1_000);
  s.net.current.open();
  await s.clock.advance(4_000);
  assert.deepEqual(sent(s, "send").map((f) => f.text), ["huge", "small"]);
  assert.deepEqual(s.client.outbox.entries.map((e) => e.failed?.code), ["too_big"]);
});

test("an act unanswered for 15 s while other frames come ends the connection and is repeated", async () => {
  const s = setUp();
  s.session.keep("T1", "2099-01-01T00:00:00.000Z");
  s.net.onFrame = (t, f) => { if (f.t !== "send") s.serve(t, f); };
  await begin(s);
  await s.client.act({ act: "send", text: "once" });
  await s.clock.advance(15_100);
  s.net.onFrame = s.serve;
  await s.clock.advance(1_000);
  assert.equal(s.net.attempts.length, 2);
  s.net.current.open();
  await s.clock.advance(4_000);
  const sends = sent(s, "send");
  assert.equal(sends.length, 2);
  assert.equal(sends[0]!.cid, sends[1]!.cid);
});

test("got goes out on applying, seen only while looked at", async () => {
  const s = setUp();
  s.session.keep("T1", "2099-01-01T00:00:00.000Z");
  s.net.onFrame = s.serve;
  await begin(s);
  s.client.watch(true, false);
  s.net.current.receive({ t: "message", m: message(3) });
  await s.clock.advance(500);
  assert.deepEqual(sent(s, "got").map((f) => f.rev), [3]);
  assert.equal(sent(s, "seen").length, 0);
  assert.equal(s.client.store.unread, 1);
  s.client.watch(true, true);
  assert.deepEqual(sent(s, "seen").map((f) => f.seq), [3]);
  assert.equal(s.client.store.unread, 0);
  assert.equal(s.client.receipts.divider, 0);
});

test("live messages of the staff are announced, the first batch and own ones are not", async () => {
  const s = setUp();
  s.session.keep("T1", "2099-01-01T00:00:00.000Z");
  await begin(s);
  s.net.current.receive(welcome({ rev: 2 }));
  s.net.current.receive({ t: "message", m: message(1) });
  s.net.current.receive({ t: "message", m: message(2) });
  s.net.current.receive({ t: "message", m: message(3) });
  s.net.current.receive({ t: "message", m: message(4, { from: "me" }) });
  s.net.current.receive({ t: "message", m: message(3, { rev: 5, text: "edited" }) });
  assert.deepEqual(s.arrived.map((m) => m.seq), [3]);
});

test("the operator's typing is forgotten after 10 s; ours is said once and taken back", async () => {
  const s = setUp();
  s.session.keep("T1", "2099-01-01T00:00:00.000Z");
  s.net.onFrame = s.serve;
  await begin(s);
  s.net.current.receive({ t: "typing", on: true });
  assert.ok(s.client.store.typing);
  for (let i = 0; i < 5; i++) { s.client.typing(true); await s.clock.advance(500); }
  await s.clock.advance(10_000);
  assert.equal(s.client.store.typing, undefined);
  assert.deepEqual(sent(s, "typing").map((f) => f.on), [true, false]);
});

test("state frames keep the receipts monotonic in the client too", async () => {
  const s = setUp();
  await begin(s);
  s.net.current.receive(welcome({ state: deskState({ staff_seen: 4 }) }));
  s.net.current.receive({ t: "state", state: deskState({ staff_seen: 1 }) });
  assert.equal(s.client.store.state.staff_seen, 4);
});

test("a topic is chosen with a session of its own, and is no longer offered once the desk has it", async () => {
  const s = setUp();
  const topics = [{ id: "sales", name: "Sales" }, { id: "support", name: "Support" }];
  s.net.onFrame = (t, f) => {
    if (f.t === "hello") t.receive(welcome({ state: deskState({ topics }) }));
    else if (f.t === "choose") setTimeout(() => t.receive({ t: "ack", cid: String(f.cid) }), 0);
    else s.serve(t, f);
  };
  await begin(s);
  assert.deepEqual(s.client.store.state.topics, topics);
  await s.client.act({ act: "choose", topic: "sales" });
  assert.equal(s.client.outbox.entries[0]?.act, "choose");
  for (let i = 0; i < 20 && s.client.outbox.entries.length; i++) await new Promise((done) => setTimeout(done, 1));
  assert.deepEqual(sent(s, "choose").map((f) => f.topic), ["sales"]);
  assert.deepEqual(sent(s, "start").length, 1);
  assert.equal(s.client.store.state.topics, undefined);
  assert.equal(s.client.outbox.entries.length, 0);
});

test("what is refused for good is told for a while and not tried again", async () => {
  const s = setUp();
  s.session.keep("T1", "2099-01-01T00:00:00.000Z");
  s.net.onFrame = (t, f) => {
    if (f.t === "choose" || f.t === "rate") t.receive({ t: "nack", cid: String(f.cid), code: "conflict", text: "already passed on" });
    else s.serve(t, f);
  };
  await begin(s);
  for (const act of [{ act: "choose", topic: "sales" }, { act: "rate", ticket: "t1234567", stars: 5, comment: "" }] as const) {
    await s.client.act(act);
    await s.clock.advance(100);
    assert.equal(s.client.outbox.entries.length, 0);
    assert.equal(s.client.notice, "already passed on");
    await s.clock.advance(11_000);
    assert.equal(s.client.notice, "");
  }
  await s.client.act({ act: "send", text: "and on" });
  await s.clock.advance(100);
  assert.equal(sent(s, "send").length, 1);
});

test("a rating is shown as given before the desk repeats it", async () => {
  const s = setUp();
  s.session.keep("T1", "2099-01-01T00:00:00.000Z");
  s.net.onFrame = (t, f) => (f.t === "rate" ? t.receive({ t: "ack", cid: String(f.cid) }) : s.serve(t, f));
  await begin(s);
  s.net.current.receive({ t: "state", state: deskState({ rate: { ticket: "t1234567" } }) });
  await s.client.act({ act: "rate", ticket: "t1234567", stars: 4, comment: "good" });
  await s.clock.advance(100);
  assert.deepEqual(sent(s, "rate").map((f) => [f.ticket, f.stars, f.comment]), [["t1234567", 4, "good"]]);
  assert.deepEqual([s.client.store.state.rate?.stars, s.client.store.state.rate?.comment], [4, "good"]);
  s.net.current.receive({ t: "state", state: deskState({ rate: { ticket: "t1234567", stars: 2 } }) });
  assert.equal(s.client.store.state.rate?.stars, 2);
});
