import assert from "node:assert/strict";
import { test } from "node:test";
import type { Entry } from "../src/box";
import { Store, ticksOf } from "../src/store";
import { items, rows } from "../src/view";
import { deskState, message, welcome } from "./fake";

const texts = (s: Store) => s.messages.map((m) => m.text);

test("a message frame is an upsert: repeating or reordering revisions ends in the same state", () => {
  const frames = [
    message(1), message(2), message(1, { rev: 3, text: "edited" }), message(4), message(2, { rev: 5, deleted: true, text: undefined }),
  ];
  const expected = ["edited", undefined, "text 4"];
  const straight = new Store();
  straight.welcome(welcome());
  for (const m of frames) straight.apply({ t: "message", m });
  assert.deepEqual(texts(straight), expected);
  for (let round = 0; round < 200; round++) {
    const s = new Store();
    s.welcome(welcome());
    const shuffled = [...frames, ...frames].map((m) => [Math.random(), m] as const).sort((a, b) => a[0] - b[0]);
    for (const [, m] of shuffled) s.apply({ t: "message", m });
    assert.deepEqual(texts(s), expected);
    assert.equal(s.rev, 5);
  }
});

test("a revision not above the stored one is a no-op", () => {
  const s = new Store();
  s.welcome(welcome());
  assert.equal(s.apply({ t: "message", m: message(1, { rev: 5, text: "new" }) }), true);
  assert.equal(s.apply({ t: "message", m: message(1, { rev: 5, text: "other" }) }), false);
  assert.equal(s.apply({ t: "message", m: message(1, { rev: 2, text: "old" }) }), false);
  assert.deepEqual(texts(s), ["new"]);
});

test("history does not move the resume cursor", () => {
  const s = new Store();
  s.welcome(welcome({ rev: 60, more: true }));
  for (let seq = 11; seq <= 60; seq++) s.apply({ t: "message", m: message(seq) });
  s.apply({ t: "history", before: 11, ms: [message(9, { rev: 99 }), message(10)], more: false });
  assert.equal(s.rev, 60);
  assert.equal(s.messages.length, 52);
  assert.equal(s.more, false);
});

test("a change of a message that is not loaded makes no hole in the history", () => {
  const s = new Store();
  s.welcome(welcome({ rev: 60, more: true }));
  for (let seq = 11; seq <= 60; seq++) s.apply({ t: "message", m: message(seq) });
  s.apply({ t: "message", m: message(3, { rev: 61, text: "edited" }) });
  assert.equal(s.oldest, 11);
  assert.equal(s.rev, 61);
});

test("the first batch may come in any seq order", () => {
  const s = new Store();
  s.welcome(welcome({ rev: 30, more: true }));
  s.apply({ t: "message", m: message(20) });
  s.apply({ t: "message", m: message(15, { rev: 25 }) });
  s.apply({ t: "message", m: message(30) });
  assert.deepEqual(s.messages.map((m) => m.seq), [15, 20, 30]);
  assert.equal(s.behind, false);
});

test("receipts never go back", () => {
  const s = new Store();
  s.apply({ t: "state", state: deskState({ staff_seen: 5, staff_got: 6, my_seen: 4 }) });
  s.apply({ t: "state", state: deskState({ staff_seen: 2, staff_got: 3, my_seen: 1, online: false }) });
  assert.deepEqual([s.state.staff_seen, s.state.staff_got, s.state.my_seen, s.state.online], [5, 6, 4, false]);
});

test("ticks: stored, delivered, read by receipt or by status", () => {
  const own = message(5, { from: "me" });
  assert.equal(ticksOf(own, deskState()), "stored");
  assert.equal(ticksOf(own, deskState({ staff_got: 5 })), "delivered");
  assert.equal(ticksOf(own, deskState({ staff_got: 5, staff_seen: 5 })), "read");
  assert.equal(ticksOf({ ...own, status: "seen" }, deskState()), "read");
  assert.equal(ticksOf({ ...own, status: "sent" }, deskState()), "delivered");
});

test("unread counts the staff's messages above my_seen", () => {
  const s = new Store();
  s.welcome(welcome({ state: deskState({ my_seen: 2 }) }));
  for (const m of [message(1), message(2), message(3), message(4, { from: "me" }), message(5, { from: "system" }), message(6, { deleted: true })]) {
    s.apply({ t: "message", m });
  }
  assert.equal(s.unread, 1);
});

const send = (n: number, cid: string, text: string): Entry => ({ n, cid, at: "2026-01-01T10:00:00.000Z", act: "send", text });

test("a message is shown once on its way from pending over acknowledged to the server's", () => {
  const s = new Store();
  s.welcome(welcome());
  const entry = send(1, "cid-1", "hello");
  assert.deepEqual(items(s, [entry]).map((i) => i.status), ["pending"]);
  s.acknowledged(entry, "m1", 1);
  assert.deepEqual(items(s, [entry]).map((i) => i.status), ["stored"]);
  assert.deepEqual(items(s, []).map((i) => [i.status, i.key]), [["stored", "cid-1"]]);
  s.apply({ t: "message", m: message(1, { from: "me", cid: "cid-1", text: "hello" }) });
  assert.deepEqual(items(s, [entry]).map((i) => [i.key, i.id]), [["cid-1", "m1"]]);
  s.acknowledged(entry, "m1", 1);
  assert.equal(items(s, []).length, 1);
});

test("pending edits, deletions and reactions show at once and go away with a refusal", () => {
  const s = new Store();
  s.welcome(welcome());
  s.apply({ t: "message", m: message(1, { from: "me", reactions: [{ key: "👍", n: 1, me: false }] }) });
  const base = { n: 1, cid: "c", at: "2026-01-01T10:00:00.000Z" };
  assert.equal(items(s, [{ ...base, act: "edit", id: "m1", text: "new" }])[0]!.text, "new");
  assert.equal(items(s, [{ ...base, act: "delete", id: "m1" }])[0]!.deleted, true);
  assert.deepEqual(items(s, [{ ...base, act: "react", id: "m1", key: "👍", on: true }])[0]!.reactions, [{ key: "👍", n: 2, me: true }]);
  const refused = items(s, [{ ...base, act: "edit", id: "m1", text: "new", failed: { code: "too_late", text: "" } }])[0]!;
  assert.equal(refused.text, "text 1");
  assert.ok(refused.failed);
});

test("rows: days, groups and the divider", () => {
  const s = new Store();
  s.welcome(welcome());
  const at = (d: number, m: number) => `2026-01-0${d}T10:0${m}:00.000Z`;
  for (const m of [
    message(1, { at: at(1, 0) }), message(2, { at: at(1, 1) }), message(3, { at: at(1, 9) }), message(4, { at: at(2, 0), from: "me" }), message(5, { at: at(2, 1) }),
  ]) s.apply({ t: "message", m });
  const kinds = rows(items(s, []), (t) => t.slice(0, 10), 4).map((r) => (r.kind === "message" ? `${r.item.seq}${r.first ? "f" : ""}${r.last ? "l" : ""}` : r.kind));
  assert.deepEqual(kinds, ["day", "1f", "2l", "3fl", "day", "4fl", "new", "5fl"]);
});
