import assert from "node:assert/strict";
import { test } from "node:test";
import { perform } from "../src/call/line";
import { FakeLine, house, running } from "./call-house";
import { settle } from "./fake";

test("an invitation is answered, connected and ended", async () => {
  const { line, c, offer, peer, tracks, ring } = await running("video");
  assert.deepEqual(line.acts(), ["answer"]);
  assert.equal(c.phase, "mine");
  assert.deepEqual(offer.mids, { mic: "0", cam: "1" });
  assert.deepEqual(peer().sections.map((s) => s.kind + " " + s.direction), ["audio sendonly", "video sendonly", "audio recvonly", "video recvonly"]);
  assert.equal(JSON.stringify(peer().caps), '[{"encodings":[{"maxBitrate":1000}]}]');
  assert.equal(c.leg!.up && c.leg!.linked, true);
  c.hangUp();
  assert.deepEqual(line.acts(), ["answer", "end"]);
  assert.equal(c.phase, "none");
  assert.ok(peer().closed && tracks.every((t) => t.readyState === "ended"));
  line.change(ring("video", { state: "active", tab: line.tab }));
  assert.equal(c.phase, "none", "what ended here does not come back before the server says so");
});

test("the answer of another page wins, and the devices are given back", async () => {
  const { line, c, ring, tracks } = house();
  line.reply = () => ({ t: "nack", code: "conflict", text: "elsewhere" });
  line.change(ring("video"));
  const answered = c.answer();
  line.change(ring("video", { state: "joining", tab: "tab-two-" }));
  await answered;
  await settle();
  assert.equal(c.phase, "elsewhere");
  assert.ok(tracks.length > 0 && tracks.every((t) => t.readyState === "ended"));
  assert.equal(line.of("rtc_join").length, 0);
});

test("an act is repeated under one cid until it is answered", async () => {
  const line = new FakeLine();
  line.reply = () => undefined;
  const done = perform(line, "call-one", "end");
  await settle();
  line.cut();
  await settle();
  line.reply = () => ({ t: "ack" });
  line.back();
  assert.equal((await done).t, "ack");
  const [first, second] = line.of("call");
  assert.equal(first!.cid, second!.cid);
});

test("without screen capture or WebRTC the staff are told at once", async () => {
  for (const [kind, devices, unable] of [["screen", { canShow: false }, "show"], ["voice", { canConnect: false }, "talk"], ["video", { canTalk: false }, "talk"]] as const) {
    const { line, c, clock, ring } = house(devices);
    line.change(ring(kind));
    await settle();
    assert.deepEqual(line.acts(), ["unable"]);
    assert.equal(c.unable, unable);
    line.change(undefined);
    assert.equal(c.phase, "over");
    await clock.advance(10_000);
    assert.equal(c.phase, "none");
  }
  const { line, ring } = await running("voice", { canShow: false });
  line.change(ring("voice", { state: "active", tab: line.tab, share: "asked" }));
  line.change(ring("voice", { state: "active", tab: line.tab, share: "asked" }));
  await settle();
  assert.deepEqual(line.acts(), ["answer", "unable"]);
});

test("the relay's last word ends the media and is shown for a while", async () => {
  const { line, c, clock, ring } = await running("voice");
  line.rtc!({ t: "rtc_over", call: "call-one", code: "sfu", text: "failed" });
  await settle();
  assert.equal(c.leg, undefined);
  assert.equal(c.word, "failed");
  line.change(undefined);
  assert.equal(c.phase, "over");
  await clock.advance(10_000);
  assert.equal(c.phase, "none");
  line.change({ ...ring("voice"), id: "call-two" });
  assert.equal(c.phase, "ringing");
});
