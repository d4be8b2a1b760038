import assert from "node:assert/strict";
import { test } from "node:test";
import { Tab } from "../src/tab";
import { house, running } from "./call-house";
import { settle } from "./fake";

test("missing sections are offered, one offer at a time", async () => {
  const { line, peer } = await running("voice");
  const people = (audio: number) => line.rtc!({ t: "rtc_people", call: "call-one", people: [], audio, video: 0 });
  people(2);
  people(4);
  people(4);
  await settle();
  assert.equal(line.of("rtc_offer").length, 2);
  line.rtc!({ t: "rtc_answer", call: "call-one", n: 1, sdp: "an old answer" });
  line.rtc!({ t: "rtc_answer", call: "call-one", n: 2, sdp: "answer 2" });
  await settle();
  assert.equal(line.of("rtc_offer").length, 3);
  assert.deepEqual(peer().answers, ["answer 1", "answer 2"]);
  assert.equal(peer().sections.filter((s) => s.direction === "recvonly").length, 4);
  line.rtc!({ t: "rtc_answer", call: "call-one", n: 3, sdp: "answer 3" });
  people(3);
  people(4);
  await settle();
  assert.equal(line.of("rtc_offer").length, 3, "there are enough");
  people(100);
  await settle();
  assert.equal(peer().sections.filter((s) => s.direction === "recvonly").length, 12);
});

test("an offer that is not answered does not hold up what comes after it", async () => {
  const { line, clock, peer, config } = await running("voice");
  line.rtc!({ t: "rtc_people", call: "call-one", people: [], audio: 2, video: 0 });
  await clock.advance(9_000);
  assert.equal(line.of("rtc_join").length, 2);
  config();
  await settle();
  line.rtc!({ t: "rtc_answer", call: "call-one", n: 1, sdp: "answer" });
  peer().become("connected");
  line.rtc!({ t: "rtc_people", call: "call-one", people: [], audio: 2, video: 0 });
  await settle();
  line.rtc!({ t: "rtc_answer", call: "call-one", n: 2, sdp: "answer" });
  await clock.advance(20_000);
  assert.equal(line.of("rtc_join").length, 2, "one that is answered changes nothing");
});

test("a broken socket leaves the media alone, a broken connection begins anew", async () => {
  const { line, clock, c, peer, config } = await running("voice");
  const first = peer();
  line.cut();
  await clock.advance(20_000);
  line.back();
  await settle();
  assert.equal(line.of("rtc_join").length, 1);
  first.become("disconnected");
  await clock.advance(1_000);
  first.become("connected");
  await clock.advance(20_000);
  assert.equal(line.of("rtc_join").length, 1, "a short gap heals");
  first.become("failed");
  await clock.advance(100);
  assert.equal(line.of("rtc_join").length, 2);
  config();
  await settle();
  assert.ok(first.closed);
  assert.notEqual(peer(), first);
  assert.equal(line.of("rtc_offer").at(-1)!.n, 1);
  assert.equal(c.leg!.up, false);
});

test("a relay that does not answer is asked again, and an offer lost with the socket is sent again", async () => {
  const h = house();
  h.line.change(h.ring("voice"));
  await h.c.answer();
  h.line.change(h.ring("voice", { state: "joining", tab: h.line.tab }));
  await h.clock.advance(9_000);
  assert.equal(h.line.of("rtc_join").length, 2);
  h.config();
  await settle();
  h.line.cut();
  h.line.back();
  const offers = h.line.of("rtc_offer");
  assert.equal(offers.length, 2);
  assert.equal(offers[0]!.n, offers[1]!.n);
});

test("after a reload the call goes on as it was, and a shown screen is asked for again", async () => {
  const storage = new Map<string, string>();
  const kept = {
    getItem: (k: string) => storage.get(k) ?? null, setItem: (k: string, v: string) => void storage.set(k, v), removeItem: (k: string) => void storage.delete(k),
  };
  const before = new Tab(kept, "key");
  before.leave({ call: "call-one", mic: true, cam: false });
  const after = new Tab(kept, "key");
  assert.equal(after.id, before.id);
  assert.notEqual(new Tab(kept, "key").id, before.id, "a duplicated tab is another one");

  const { line, c, ring, tracks } = house();
  line.call = ring("voice", { state: "active", tab: line.tab, share: "on" });
  c.update(after.left);
  await settle();
  assert.deepEqual(c.off, { mic: true, cam: false });
  assert.equal(tracks.length, 0, "a microphone that is off is not asked for");
  assert.deepEqual(line.acts(), ["unshare"]);
});
