import assert from "node:assert/strict";
import { test } from "node:test";
import { Controller } from "../src/call/controller";
import { troubleOf, type Device, type Devices } from "../src/call/devices";
import { perform, type Line } from "../src/call/line";
import { isAsk, isHandover } from "../src/call/popup";
import ru from "../src/call/locale/call-ru";
import en from "../src/call/locale/call-en";
import type { Answer } from "../src/outbox";
import type { CallState, ClientFrame, RtcFrame } from "../src/protocol";
import { Tab } from "../src/tab";
import { FakeClock, settle } from "./fake";

class FakeLine implements Line {
  call: CallState | undefined;
  rtc: ((frame: RtcFrame) => void) | undefined;
  live = true;
  sent: ClientFrame[] = [];
  /** What the gateway answers to an act; undefined: nothing, until `answer`. */
  reply: ((frame: ClientFrame) => Answer | undefined) = () => ({ t: "ack" });
  private waiting: { done(a: Answer): void; fail(e: Error): void }[] = [];
  private readonly listeners = new Set<() => void>();

  constructor(readonly tab = "tab-one-") {}
  ready(): boolean { return this.live; }
  send(frame: ClientFrame): boolean {
    if (this.live) this.sent.push(frame);
    return this.live;
  }
  request(frame: ClientFrame & { cid: string }): Promise<Answer> {
    this.sent.push(frame);
    const answer = this.reply(frame);
    if (answer) return Promise.resolve(answer);
    return new Promise((done, fail) => { this.waiting.push({ done, fail }); });
  }
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  change(call: CallState | undefined): void {
    this.call = call;
    this.notify();
  }
  notify(): void { for (const listener of [...this.listeners]) listener(); }
  cut(): void {
    this.live = false;
    for (const w of this.waiting.splice(0)) w.fail(new Error("cut"));
    this.notify();
  }
  back(): void {
    this.live = true;
    this.notify();
  }
  of(t: string): ClientFrame[] { return this.sent.filter((f) => f.t === t); }
  acts(): unknown[] { return this.of("call").map((f) => f.act); }
}

class FakeTrack {
  readyState = "live";
  onended: (() => void) | null = null;
  constructor(readonly kind: string) {}
  stop(): void { this.readyState = "ended"; }
}

class FakePeer {
  static all: FakePeer[] = [];
  connectionState = "new";
  onconnectionstatechange: (() => void) | null = null;
  onicecandidate: unknown = null;
  ontrack: unknown = null;
  localDescription: { sdp: string } | undefined;
  answers: string[] = [];
  closed = false;
  sections: { mid: string | null; kind: string; direction: string; track: unknown; sender: { replaceTrack(t: unknown): Promise<void>; getParameters(): object; setParameters(p: unknown): Promise<void> } }[] = [];
  caps: unknown[] = [];
  constructor() { FakePeer.all.push(this); }
  addTransceiver(what: string | FakeTrack, { direction }: { direction: string }) {
    const section = {
      mid: null as string | null, kind: typeof what === "string" ? what : what.kind, direction, track: typeof what === "string" ? null : what as unknown,
      sender: {
        replaceTrack: async (t: unknown) => { section.track = t; },
        getParameters: () => ({ encodings: [{}] }),
        setParameters: async (p: unknown) => { this.caps.push(p); },
      },
    };
    this.sections.push(section);
    return section;
  }
  async createOffer() { return {}; }
  async setLocalDescription() {
    this.sections.forEach((s, i) => { s.mid = String(i); });
    this.localDescription = { sdp: `v=0 ${this.sections.map((s) => s.kind + s.direction).join()}` };
  }
  async setRemoteDescription({ sdp }: { sdp: string }) { this.answers.push(sdp); }
  become(state: string) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
  close() { this.closed = true; }
}

const denied = () => Promise.reject(Object.assign(new Error(), { name: "NotAllowedError" }));
const KINDS = { mic: "audio", cam: "video" };

function house(devices: Partial<Devices> = {}) {
  FakePeer.all = [];
  const line = new FakeLine();
  const clock = new FakeClock();
  const tracks: FakeTrack[] = [];
  const give = (kind: string) => async () => {
    const track = new FakeTrack(kind);
    tracks.push(track);
    return track as unknown as MediaStreamTrack;
  };
  /** What the visitor was asked for, question by question. */
  const asked: string[] = [];
  const capture = (slots: Device[]) => {
    asked.push(slots.join());
    return Promise.all(slots.map((slot) => give(KINDS[slot])()));
  };
  const c = new Controller(line, { capture, screen: give("video"), canConnect: true, canTalk: true, canShow: true, ...devices },
    clock, () => {}, () => new FakePeer() as unknown as RTCPeerConnection);
  line.subscribe(() => c.update());
  const config = () => line.rtc!({ t: "rtc_config", call: "call-one", ice: [], video: 1_000, share: 2_000 });
  const peer = () => FakePeer.all[FakePeer.all.length - 1]!;
  const ring = (kind: CallState["kind"], extra: Partial<CallState> = {}): CallState => ({ id: "call-one", kind, state: "ringing", ...extra });
  return { line, clock, tracks, asked, c, config, peer, ring };
}

async function running(kind: CallState["kind"], devices: Partial<Devices> = {}) {
  const h = house(devices);
  h.line.change(h.ring(kind));
  await h.c.answer();
  h.line.change(h.ring(kind, { state: "joining", tab: h.line.tab }));
  h.config();
  await settle();
  const offer = h.line.of("rtc_offer")[0]!;
  h.line.rtc!({ t: "rtc_answer", call: "call-one", n: 1, sdp: "answer 1" });
  h.peer().become("connected");
  h.line.rtc!({ t: "rtc_link", call: "call-one", up: true });
  await settle();
  return { ...h, offer };
}

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
  assert.deepEqual(screen.offer.mids, { screen: "0" });
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

/** A device that comes when the test says so. */
function later() {
  const waiting: { give(): void; deny(): void; track: FakeTrack }[] = [];
  const ask = (kind: string) => new Promise<MediaStreamTrack>((done, fail) => {
    const track = new FakeTrack(kind);
    waiting.push({ track, give: () => done(track as unknown as MediaStreamTrack), deny: () => fail(new Error()) });
  });
  return { waiting, ask };
}

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

test("microphone and camera are asked for by one question, and each by its own where that fails", async () => {
  const both = await running("video");
  assert.deepEqual(both.asked, ["mic,cam"]);
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

test("only the two messages of the handover are understood", () => {
  assert.ok(isAsk({ frontdesk: "voice", tab: "x" }) && isHandover({ frontdesk: "session", token: "x" }));
  for (const other of [null, undefined, 5, "voice", {}, { frontdesk: "voice" }, { frontdesk: "session", token: 5 }]) {
    assert.ok(!isAsk(other) && !isHandover(other), JSON.stringify(other));
  }
});

test("what goes wrong with devices has a name", () => {
  for (const [name, want] of [["NotAllowedError", "denied"], ["NotFoundError", "missing"], ["NotReadableError", "busy"], ["AbortError", "busy"], ["TypeError", "insecure"], ["", "busy"]]) {
    assert.equal(troubleOf({ name }), want);
  }
});

test("both languages have all words and the same placeholders", () => {
  const holes = (words: unknown) => [...JSON.stringify(words).matchAll(/\{\w+\}/g)].map((m) => m[0]).sort();
  const keys = (words: unknown): string[] => (typeof words === "object" ? Object.entries(words!).flatMap(([k, w]) => [k, ...keys(w)]).sort() : []);
  assert.deepEqual(keys(ru), keys(en));
  for (const key of Object.keys(ru) as (keyof typeof ru)[]) {
    assert.ok(ru[key] && en[key], key);
    assert.deepEqual(holes(ru[key]), holes(en[key]), key);
  }
  assert.deepEqual([ru.voice.no, ru.voice.yes, ru.video.no, ru.video.yes, ru.screen.no, ru.screen.yes, ru.noCall, ru.yesCall],
    ["Запретить", "Разрешить", "Отклонить", "Принять", "Отклонить", "Принять", "Отклонить", "Принять звонок"]);
});
