import assert from "node:assert/strict";
import { test } from "node:test";
import { troubleOf } from "../src/call/devices";
import { denied, FakeTrack, house, KINDS, later, running } from "./call-house";
import { settle } from "./fake";

test("microphone and camera are asked for by one question, and each by its own where that fails", async () => {
  assert.deepEqual([(await running("voice")).asked, (await running("video")).asked], [["mic"], ["mic,cam"]]);
  const questions: string[] = [];
  const { c, line } = await running("video", {
    capture: async (slots) => {
      questions.push(slots.join());
      if (slots.includes("cam")) throw Object.assign(new Error(), { name: "NotFoundError" });
      return slots.map((slot) => new FakeTrack(KINDS[slot]) as unknown as MediaStreamTrack);
    },
  });
  assert.deepEqual(questions, ["mic,cam", "mic", "cam"]);
  assert.deepEqual(c.trouble, { cam: "missing" });
  assert.ok(c.mic);
  assert.deepEqual(line.of("rtc_mute").at(-1), { t: "rtc_mute", call: "call-one", mic: false, cam: true });
});

test("a camera that was switched off while the browser asked stays dark", async () => {
  const { waiting, ask } = later();
  const { c, peer } = await running("video", { capture: (slots) => Promise.all(slots.map((slot) => ask(KINDS[slot]))) });
  assert.deepEqual([c.isOff("mic"), c.isOff("cam")], [false, false], "wanted, and asked for");
  c.toggle("cam");
  for (const w of waiting) w.give();
  await settle();
  assert.deepEqual(waiting.map((w) => w.track.readyState), ["live", "ended"]);
  assert.equal(c.cam, undefined);
  assert.deepEqual(peer().sections.slice(0, 2).map((s) => s.track), [waiting[0]!.track, null]);
});

test("where there is no microphone, one press asks for it again", async () => {
  let questions = 0;
  const { c } = await running("voice", { capture: () => { questions++; return denied(); } });
  assert.equal(c.isOff("mic"), true);
  c.toggle("mic");
  await settle();
  assert.deepEqual([questions, c.off.mic], [2, false]);
});

test("a page without https takes part in what has a window of its own, and in nothing else that needs a microphone", async () => {
  const insecure = { canTalk: false, canShow: false, capture: () => Promise.reject(new TypeError("undefined")) };
  const { line, c, ring } = house(insecure);
  line.change(ring("voice"));
  assert.deepEqual([c.phase, line.acts()], ["ringing", []]);
  await c.answer();
  line.change(ring("voice", { state: "joining", tab: line.tab }));
  await settle();
  assert.equal(c.trouble.mic, "insecure", "the window was blocked, the call goes on here without");
});

test("muted is said, and not sent", async () => {
  const { line, c, peer, tracks } = await running("video");
  c.toggle("mic");
  c.toggle("cam");
  assert.deepEqual(line.of("rtc_mute").at(-1), { t: "rtc_mute", call: "call-one", mic: true, cam: true });
  await settle();
  assert.deepEqual(peer().sections.slice(0, 2).map((s) => s.track), [null, null]);
  assert.equal(tracks[1]!.readyState, "ended", "the camera's light is off");
  c.toggle("cam");
  await settle();
  assert.equal(peer().sections[1]!.track, tracks[2]);
  assert.deepEqual(line.of("rtc_mute").at(-1), { t: "rtc_mute", call: "call-one", mic: true, cam: false });
});

test("without a microphone the call goes on and the staff know", async () => {
  const { line, c } = await running("voice", { capture: denied });
  assert.equal(c.trouble.mic, "denied");
  assert.deepEqual(line.of("rtc_mute").at(-1), { t: "rtc_mute", call: "call-one", mic: true, cam: true });
  assert.equal(c.phase, "mine");
});

test("what goes wrong with devices has a name", () => {
  for (const [name, want] of [["NotAllowedError", "denied"], ["NotFoundError", "missing"], ["NotReadableError", "busy"], ["AbortError", "busy"], ["TypeError", "insecure"], ["", "busy"]]) {
    assert.equal(troubleOf({ name }), want);
  }
});
