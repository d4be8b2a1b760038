import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalBox, memoryStorage, type Box, type Entry, type OutFile } from "../src/box";
import { newCid } from "../src/ids";
import type { Mutex } from "../src/mutex";
import { Outbox, Refused, type Answer, type Link } from "../src/outbox";
import type { ClientFrame, Uploaded } from "../src/protocol";
import { FakeClock, settle } from "./fake";

const free: Mutex = { run: (job) => job(() => true) };

/** A server that dedupes by cid, behind a link that can break at the worst moments. */
class FakeLink implements Link {
  up = true;
  received: (ClientFrame & { cid: string })[] = [];
  stored: string[] = [];
  done = new Set<string>();
  uploads: string[] = [];
  /** The act arrives, its answer does not. */
  loseAnswers = 0;
  answer: (f: ClientFrame & { cid: string }) => Answer = () => ({ t: "ack" });
  refuseUpload: string | undefined;

  ready(): boolean { return this.up; }
  async session(): Promise<void> { if (!this.up) throw new Error("down"); }
  async request(frame: ClientFrame & { cid: string }): Promise<Answer> {
    await settle();
    if (!this.up) throw new Error("down");
    this.received.push(frame);
    const answer = this.answer(frame);
    if (answer.t === "ack" && !this.done.has(frame.cid)) {
      this.done.add(frame.cid);
      this.stored.push(String(frame.text ?? frame.t));
    }
    if (this.loseAnswers > 0) {
      this.loseAnswers--;
      this.up = false;
      throw new Error("broke before the answer");
    }
    return answer;
  }
  async upload(file: OutFile): Promise<Uploaded> {
    if (this.refuseUpload) throw new Refused(this.refuseUpload, "no");
    this.uploads.push(file.cid);
    return { id: `up-${file.cid}`, name: file.name, type: file.type, size: file.size, kind: "file" };
  }
}

const setUp = (storage = memoryStorage(), link = new FakeLink(), mutex: Mutex = free, box?: Box) => {
  const clock = new FakeClock();
  const acknowledged: string[] = [];
  const outbox = new Outbox(box ?? new LocalBox(storage, "box"), mutex, link, {
    changed() {},
    acknowledged: (e) => acknowledged.push(e.cid),
  }, clock);
  return { storage, link, clock, outbox, acknowledged };
};
/** Lets retries come due; a queue that never empties fails instead of hanging. */
async function emptied(outbox: Outbox, clock: FakeClock): Promise<void> {
  for (let i = 0; i < 100 && outbox.entries.length; i++) await clock.advance(1_000);
  assert.deepEqual(outbox.entries, []);
}

const say = (text: string) => ({ act: "send" as const, text });

test("acts leave in the order they were made, each once, and are kept until acknowledged", async () => {
  const { outbox, link, clock } = setUp();
  for (let i = 0; i < 20; i++) void outbox.add(say(`t${i}`));
  await settle();
  await emptied(outbox, clock);
  assert.deepEqual(link.stored, Array.from({ length: 20 }, (_, i) => `t${i}`));
  assert.equal(link.received.length, 20);
});

test("a crash anywhere loses nothing and doubles nothing", async () => {
  const storage = memoryStorage();
  const server = new FakeLink();
  for (let life = 0; life < 12; life++) {
    // A new page over the same storage; the old one just stops, as after a kill.
    const { outbox } = setUp(storage, server);
    server.up = true;
    server.loseAnswers = life % 3 === 2 ? 0 : 1;
    await outbox.refresh();
    await outbox.add(say(`life ${life} a`));
    await outbox.add(say(`life ${life} b`));
    for (let i = 0; i < 5; i++) await settle();
    server.up = false;
    await settle();
  }
  server.loseAnswers = 0;
  server.up = true;
  const { outbox, clock } = setUp(storage, server);
  await outbox.refresh();
  outbox.flush();
  await emptied(outbox, clock);
  assert.deepEqual(server.stored, Array.from({ length: 12 }, (_, i) => [`life ${i} a`, `life ${i} b`]).flat());
});

test("a repetition carries the same cid", async () => {
  const { outbox, link, clock } = setUp();
  link.loseAnswers = 1;
  await outbox.add(say("once"));
  for (let i = 0; i < 5; i++) await settle();
  link.up = true;
  outbox.flush();
  await emptied(outbox, clock);
  assert.equal(link.received.length, 2);
  assert.equal(link.received[0]!.cid, link.received[1]!.cid);
  assert.deepEqual(link.stored, ["once"]);
});

test("nothing is sent while the link is down, all of it when it is back", async () => {
  const { outbox, link, clock } = setUp();
  link.up = false;
  await outbox.add(say("a"));
  await outbox.add(say("b"));
  await settle();
  assert.equal(link.received.length, 0);
  link.up = true;
  outbox.flush();
  await emptied(outbox, clock);
  assert.deepEqual(link.stored, ["a", "b"]);
});

test("a refused act stays visible, blocks nothing, and is retried under a new cid", async () => {
  const { outbox, link, clock } = setUp();
  link.answer = (f) => (f.text === "bad" ? { t: "nack", code: "too_long", text: "too long" } : { t: "ack" });
  await outbox.add(say("bad"));
  await outbox.add(say("good"));
  for (let i = 0; i < 5; i++) await settle();
  assert.deepEqual(link.stored, ["good"]);
  assert.deepEqual(outbox.entries.map((e) => e.failed?.code), ["too_long"]);
  const old = outbox.entries[0]!.cid;
  link.answer = () => ({ t: "ack" });
  await outbox.retry(outbox.entries[0]!);
  await emptied(outbox, clock);
  assert.deepEqual(link.stored, ["good", "bad"]);
  assert.notEqual(link.received.at(-1)!.cid, old);
});

const file = (name: string): OutFile => ({ cid: newCid(), name, type: "text/plain", size: 1 });

test("files are uploaded before their message, and their bytes are dropped only after the ack", async () => {
  const { outbox, link, clock } = setUp();
  const [a, b] = [file("a"), file("b")];
  for (const f of [a, b]) await outbox.putBlob(f.cid, new Blob(["x"]));
  link.loseAnswers = 1;
  await outbox.add({ act: "send", text: "two files", files: [a, b] });
  for (let i = 0; i < 5; i++) await settle();
  assert.ok(await outbox.getBlob(a.cid));
  link.up = true;
  outbox.flush();
  await emptied(outbox, clock);
  assert.deepEqual(link.received.at(-1)!.files, [`up-${a.cid}`, `up-${b.cid}`]);
  assert.deepEqual(link.uploads, [a.cid, b.cid]);
  await settle();
  assert.equal(await outbox.getBlob(a.cid), undefined);
});

test("an upload the server lost is repeated in place, once", async () => {
  const { outbox, link, clock } = setUp();
  const f = file("a");
  await outbox.putBlob(f.cid, new Blob(["x"]));
  const lost = `up-${f.cid}`;
  link.answer = (frame) => ((frame.files as string[] | undefined)?.includes(lost) ? { t: "nack", code: "not_found", text: "" } : { t: "ack" });
  await outbox.add({ act: "send", text: "with file", files: [{ ...f, done: { id: lost, name: "a", type: "", size: 1, kind: "file" } }] });
  await outbox.add(say("after"));
  await emptied(outbox, clock);
  assert.deepEqual(link.stored, ["with file", "after"]);

  link.answer = (frame) => (frame.files ? { t: "nack", code: "not_found", text: "" } : { t: "ack" });
  const g = file("b");
  await outbox.putBlob(g.cid, new Blob(["x"]));
  await outbox.add({ act: "send", files: [g] });
  for (let i = 0; i < 8; i++) await settle();
  assert.equal(outbox.entries[0]!.failed?.code, "not_found");
});

test("a refused or vanished file fails its message only", async () => {
  const { outbox, link } = setUp();
  link.refuseUpload = "too_large";
  const f = file("a");
  await outbox.putBlob(f.cid, new Blob(["x"]));
  await outbox.add({ act: "send", files: [f] });
  await outbox.add({ act: "send", files: [file("never stored")] });
  await outbox.add(say("fine"));
  for (let i = 0; i < 6; i++) await settle();
  assert.deepEqual(outbox.entries.map((e) => e.failed?.code), ["too_large", "file_gone"]);
  assert.deepEqual(link.stored, ["fine"]);
});

test("a new session uploads again what the old one had", async () => {
  const { outbox, link, clock } = setUp();
  link.up = false;
  const f = file("a");
  await outbox.putBlob(f.cid, new Blob(["x"]));
  await outbox.add({ act: "send", files: [{ ...f, done: { id: "old", name: "a", type: "", size: 1, kind: "file" } }] });
  await outbox.resetUploads();
  link.up = true;
  outbox.flush();
  await emptied(outbox, clock);
  assert.deepEqual(link.received[0]!.files, [`up-${f.cid}`]);
});

test("when storage fails the act still leaves, in order", async () => {
  const broken: Box = {
    all: () => Promise.reject(new Error("blocked")), add: () => Promise.reject(new Error("full")), put: () => Promise.reject(new Error("full")),
    remove: () => Promise.reject(new Error("full")), putBlob: () => Promise.reject(new Error("full")),
    getBlob: () => Promise.reject(new Error("full")), removeBlob: () => Promise.reject(new Error("full")),
  };
  const { outbox, link, clock } = setUp(undefined, undefined, undefined, broken);
  const f = file("a");
  await outbox.putBlob(f.cid, new Blob(["x"]));
  await outbox.add(say("one"));
  await outbox.add({ act: "send", text: "two", files: [f] });
  await outbox.add(say("three"));
  await emptied(outbox, clock);
  assert.deepEqual(link.stored, ["one", "two", "three"]);
});

test("two tabs over one box: everything once, each tab's words in order", async () => {
  const storage = memoryStorage();
  const server = new FakeLink();
  let tail: Promise<void> = Promise.resolve();
  const shared: Mutex = { run: (job) => (tail = tail.then(() => job(() => true))) };
  const tabs = [setUp(storage, server, shared), setUp(storage, server, shared)];
  for (let i = 0; i < 10; i++) for (const [n, tab] of tabs.entries()) void tab.outbox.add(say(`tab ${n} ${i}`));
  for (let i = 0; i < 200 && server.stored.length < 20; i++) await settle();
  assert.equal(server.stored.length, 20);
  assert.equal(server.received.length, 20);
  for (const n of [0, 1]) {
    assert.deepEqual(server.stored.filter((t) => t.startsWith(`tab ${n}`)), Array.from({ length: 10 }, (_, i) => `tab ${n} ${i}`));
  }
});

test("a tab that lost the right to send stops before the next act", async () => {
  let alive = true;
  const { outbox, link } = setUp(undefined, undefined, { run: (job) => job(() => alive) });
  link.answer = () => { alive = false; link.up = false; return { t: "ack" }; };
  await outbox.add(say("one"));
  await outbox.add(say("two"));
  for (let i = 0; i < 5; i++) await settle();
  assert.deepEqual(link.stored, ["one"]);
  assert.equal((outbox.entries[0] as Entry & { text: string }).text, "two");
});

test("cids are of the protocol's alphabet and do not repeat", () => {
  const seen = new Set<string>();
  for (let i = 0; i < 100_000; i++) {
    const cid = newCid();
    assert.match(cid, /^[A-Za-z0-9_-]{8,64}$/);
    seen.add(cid);
  }
  assert.equal(seen.size, 100_000);
});
