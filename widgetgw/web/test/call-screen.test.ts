import assert from "node:assert/strict";
import { test } from "node:test";
import { denied, house, later, running } from "./call-house";
import { settle } from "./fake";

test("a screen is answered only once it was chosen", async () => {
  const { line, c, ring } = house({ screen: denied });
  line.change(ring("screen"));
  await c.answer();
  assert.deepEqual(line.acts(), []);
  assert.equal(c.phase, "ringing");
  assert.equal(c.trouble.screen, true);
});

test("the browser's bar ends a screen, and takes it away from a call", async () => {
  const screen = await running("screen");
  assert.deepEqual([screen.offer.mids, screen.asked], [{ screen: "0" }, []], "neither microphone nor camera is sent, or asked for");
  screen.tracks[0]!.onended!();
  assert.deepEqual(screen.line.acts(), ["answer", "end"]);

  const { line, c, tracks, ring, peer } = await running("voice");
  line.change(ring("voice", { state: "active", tab: line.tab, share: "asked" }));
  await c.share();
  assert.deepEqual(line.acts(), ["answer", "share"]);
  await settle();
  const added = line.of("rtc_offer")[1]!;
  assert.deepEqual(added.mids, { mic: "0", screen: "2" });
  line.rtc!({ t: "rtc_answer", call: "call-one", n: 2, sdp: "answer 2" });
  await settle();
  tracks[1]!.onended!();
  await settle();
  assert.deepEqual(line.acts(), ["answer", "share", "unshare"]);
  assert.deepEqual(line.of("rtc_offer")[2]!.mids, { mic: "0" });
  assert.equal(peer().sections[2]!.track, null);
});

test("a screen that the staff want no more is not kept for the next time they ask", async () => {
  const { line, c, tracks, ring, peer } = await running("voice");
  const call = (share?: "asked" | "on") => line.change(ring("voice", { state: "active", tab: line.tab, ...(share ? { share } : {}) }));
  call("asked");
  await c.share();
  call("on");
  await settle();
  line.rtc!({ t: "rtc_answer", call: "call-one", n: 2, sdp: "answer 2" });
  await settle();
  call();
  await settle();
  assert.equal(tracks[1]!.readyState, "ended", "the browser's sign that the screen is shown goes out");
  assert.equal(c.screen, undefined);
  assert.deepEqual(line.of("rtc_offer")[2]!.mids, { mic: "0" });
  assert.equal(peer().sections[2]!.track, null);
  assert.deepEqual(line.acts(), ["answer", "share"], "what the staff did is not told them");
  call("asked");
  await settle();
  assert.deepEqual([c.screen, line.acts()], [undefined, ["answer", "share"]], "asked again, nothing is shown before the visitor says so");
  await c.share();
  call("on");
  call("asked"); // a page that was offline may see no more than the second question
  assert.deepEqual([c.screen, tracks[2]!.readyState], [undefined, "ended"]);
  assert.equal(tracks[0]!.readyState, "live");
});

test("a screen is given back where the staff ask no more by the time it is chosen", async () => {
  for (const how of ["withdrawn", "refused"] as const) {
    const { waiting, ask } = later();
    const { line, c, ring } = await running("voice", { screen: () => ask("video") });
    line.change(ring("voice", { state: "active", tab: line.tab, share: "asked" }));
    const shared = c.share();
    if (how === "withdrawn") line.change(ring("voice", { state: "active", tab: line.tab }));
    else line.reply = () => ({ t: "nack", code: "conflict", text: "nobody asks" });
    waiting[0]!.give();
    await shared;
    await settle();
    assert.equal(waiting[0]!.track.readyState, "ended", how);
    assert.equal(c.screen, undefined, how);
    assert.equal(line.of("rtc_offer").length, 1, how);
    assert.deepEqual(line.acts(), how === "withdrawn" ? ["answer"] : ["answer", "share"]);
  }
});

test("however often it is pressed, one chooser is open", async () => {
  const { waiting, ask } = later();
  const { line, c, ring } = house({ screen: () => ask("video") });
  line.change(ring("screen"));
  const both = [c.answer(), c.answer()];
  assert.equal(waiting.length, 1);
  waiting[0]!.deny();
  await Promise.all(both);
  const again = c.answer();
  assert.equal(waiting.length, 2);
  waiting[1]!.give();
  await again;
  assert.deepEqual(line.acts(), ["answer"]);
});
