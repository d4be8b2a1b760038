import assert from "node:assert/strict";
import { test } from "node:test";
import { openPolling, type PollAnswer } from "../src/polling";
import { FakeClock, settle } from "./fake";

interface Call { body: { sid?: string; ack: number; frames: { t: string }[] }; answer(a: PollAnswer): void; fail(): void; aborted: boolean }

async function setUp() {
  const clock = new FakeClock();
  const calls: Call[] = [];
  const got: string[] = [];
  const closes: number[] = [];
  const transport = openPolling((body, signal) => new Promise((done, fail) => {
    const call: Call = { body: JSON.parse(body), answer: done, fail: () => fail(new Error("network")), aborted: false };
    signal.addEventListener("abort", () => { call.aborted = true; fail(new Error("aborted")); });
    calls.push(call);
  }), clock, {
    open: () => transport.send(JSON.stringify({ t: "hello" })),
    data: (text) => got.push((JSON.parse(text) as { t: string }).t),
    close: (code) => closes.push(code),
  });
  await clock.advance(1);
  return { clock, calls, got, closes, transport };
}
const ok = (n: number, ...types: string[]): PollAnswer => ({ status: 200, body: JSON.stringify({ sid: "s", n, frames: types.map((t) => ({ t })) }) });
const types = (call: Call) => call.body.frames.map((f) => f.t);

test("the first POST carries hello and no sid, the next acknowledge", async () => {
  const { calls, got } = await setUp();
  assert.deepEqual(calls[0]!.body, { ack: 0, frames: [{ t: "hello" }] });
  calls[0]!.answer(ok(1, "welcome"));
  await settle();
  assert.deepEqual(calls[1]!.body, { sid: "s", ack: 1, frames: [] });
  assert.deepEqual(got, ["welcome"]);
});

test("a batch that comes twice is taken once", async () => {
  const { calls, got } = await setUp();
  calls[0]!.answer(ok(1, "welcome"));
  await settle();
  calls[1]!.answer(ok(1, "welcome"));
  await settle();
  calls[2]!.answer(ok(2, "message"));
  await settle();
  assert.deepEqual(got, ["welcome", "message"]);
});

test("a frame does not wait for a hanging POST", async () => {
  const { calls, transport } = await setUp();
  calls[0]!.answer(ok(1, "welcome"));
  await settle();
  transport.send(JSON.stringify({ t: "send" }));
  await settle();
  assert.ok(calls[1]!.aborted);
  assert.deepEqual(types(calls[2]!), ["send"]);
  assert.equal(calls[2]!.body.ack, 1);
});

test("frames under way are repeated in front of newer ones after an abort", async () => {
  const { calls, transport, clock } = await setUp();
  calls[0]!.answer(ok(1, "welcome"));
  await settle();
  transport.send(JSON.stringify({ t: "typing" }));
  await settle();
  transport.send(JSON.stringify({ t: "send" }));
  await clock.advance(1_100);
  assert.deepEqual(types(calls.at(-1)!), ["typing", "send"]);
});

test("statuses become close codes, network trouble 1006, and nothing follows a close", async () => {
  for (const [status, code] of [[403, 4012], [404, 4011], [429, 4005], [401, 4010], [503, 1006], [500, 1006]]) {
    const { calls, closes, got } = await setUp();
    calls[0]!.answer({ status: status!, body: "" });
    await settle();
    assert.deepEqual(closes, [code]);
    assert.deepEqual(got, []);
    assert.equal(calls.length, 1);
  }
  const { calls, closes } = await setUp();
  calls[0]!.fail();
  await settle();
  assert.deepEqual(closes, [1006]);
});

test("closing ends the POST under way and stays silent", async () => {
  const { calls, closes, transport } = await setUp();
  transport.close();
  await settle();
  assert.ok(calls[0]!.aborted);
  assert.deepEqual(closes, []);
  assert.equal(calls.length, 1);
});
