// What the tests of calls share: a page's line to the gateway, its devices and its connections, all made up.
import { Controller } from "../src/call/controller";
import type { Device, Devices } from "../src/call/devices";
import type { Line } from "../src/call/line";
import type { Answer } from "../src/outbox";
import type { CallState, ClientFrame, RtcFrame } from "../src/protocol";
import { FakeClock, settle } from "./fake";

export class FakeLine implements Line {
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

export class FakeTrack {
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

export const denied = () => Promise.reject(Object.assign(new Error(), { name: "NotAllowedError" }));
export const KINDS = { mic: "audio", cam: "video" };

export function house(devices: Partial<Devices> = {}) {
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

export async function running(kind: CallState["kind"], devices: Partial<Devices> = {}) {
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

/** A device that comes when the test says so. */
export function later() {
  const waiting: { give(): void; deny(): void; track: FakeTrack }[] = [];
  const ask = (kind: string) => new Promise<MediaStreamTrack>((done, fail) => {
    const track = new FakeTrack(kind);
    waiting.push({ track, give: () => done(track as unknown as MediaStreamTrack), deny: () => fail(new Error()) });
  });
  return { waiting, ask };
}
