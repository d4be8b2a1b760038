import type { Clock } from "../clock";
import type { CallState, ClientFrame, Mids, RtcFrame, RtcPerson } from "../protocol";
import type { Line } from "./line";

export type Slot = keyof Mids;

/** A short gap heals by itself; after this the connection is made anew. */
const HEALS = 2_500;
/** The relay answers at once or not at all. */
const ANSWER = 8_000;
const BACKOFF_MAX = 8_000;
/** The relay makes no more receiving sections of a kind. */
const LANES = 12;

export interface LegEvents {
  changed(): void;
  /** The relay ended the media. */
  over(code: string, text: string): void;
}

/**
 * This page's media to and from the relay, kept up as long as the call is this page's: one RTCPeerConnection after
 * another. The page makes all offers, one at a time.
 */
export class Leg {
  /** Media flow between this page and the relay. */
  up = false;
  /** The staff's side of the relay is connected. */
  linked = false;
  people: RtcPerson[] = [];

  private pc: RTCPeerConnection | undefined;
  private readonly own: { [S in Slot]?: RTCRtpTransceiver } = {};
  private readonly media: { [S in Slot]?: MediaStreamTrack | null } = {};
  private off = { mic: false, cam: false };
  private caps = { video: 0, share: 0 };
  private n = 0;
  private have = { audio: 0, video: 0 };
  /** The offer that waits for its answer. */
  private pending: (ClientFrame & { n: number }) | undefined;
  private making = false;
  private again = false;
  private timer: unknown;
  private attempt = 0;
  private closed = false;
  private wasReady: boolean;
  private heard: Promise<void> = Promise.resolve();
  private readonly unsubscribe: () => void;

  constructor(
    private readonly line: Line,
    private readonly call: CallState,
    private readonly events: LegEvents,
    private readonly clock: Clock,
    private readonly connect: (config: RTCConfiguration) => RTCPeerConnection = (config) => new RTCPeerConnection(config),
  ) {
    // One after another: sections that are added while an answer is being taken lose the events of the others.
    line.rtc = (frame) => {
      if (frame.call === call.id) this.heard = this.heard.then(() => this.hear(frame)).catch(() => {});
    };
    this.wasReady = line.ready();
    this.unsubscribe = line.subscribe(() => this.lineChanged());
  }

  /** The staff's track in a section. */
  track(mid: string | undefined): MediaStreamTrack | undefined {
    return mid === undefined ? undefined : this.pc?.getTransceivers().find((t) => t.mid === mid)?.receiver.track;
  }

  /** What this page sends in a section; null: nothing for now. Sections of a kind of call are there from the start. */
  set(slot: Slot, track: MediaStreamTrack | null): void {
    if (this.media[slot] === track) return;
    this.media[slot] = track;
    if (!this.pc) return;
    const had = this.own[slot];
    this.addOwn(slot);
    // A screen that has gone leaves its section behind, which then carries nothing.
    if (!had || slot === "screen") void this.negotiate();
  }

  /** Tells what is switched off, now and to whatever relay comes later. */
  muted(mic: boolean, cam: boolean): void {
    this.off = { mic, cam };
    this.line.send({ t: "rtc_mute", call: this.call.id, ...this.off });
  }

  /** Begins, or begins anew. */
  join(): void {
    this.drop();
    this.line.send({ t: "rtc_join", call: this.call.id });
    this.arm(ANSWER);
  }

  close(): void {
    this.closed = true;
    this.unsubscribe();
    this.line.rtc = undefined;
    this.drop();
  }

  private drop(): void {
    this.clock.clear(this.timer);
    const { pc } = this;
    this.pc = this.pending = undefined;
    this.up = this.making = this.again = false;
    this.n = 0;
    this.have = { audio: 0, video: 0 };
    this.people = [];
    delete this.own.mic;
    delete this.own.cam;
    delete this.own.screen;
    if (pc) {
      pc.onicecandidate = pc.onconnectionstatechange = null;
      pc.close();
    }
  }

  /** What is under way gets this long; then everything begins anew, each time more patiently. */
  private arm(ms: number): void {
    this.clock.clear(this.timer);
    this.timer = this.clock.set(() => {
      if (!this.line.ready()) return this.arm(1_000);
      this.attempt++;
      this.join();
      this.events.changed();
    }, Math.min(ms + 1_000 * this.attempt, ms + BACKOFF_MAX));
  }

  private lineChanged(): void {
    const ready = this.line.ready();
    if (ready && !this.wasReady) {
      if (!this.pc || (!this.up && !this.pending)) this.join();
      else if (this.pending) this.line.send({ ...this.pending, sdp: this.pc.localDescription?.sdp ?? this.pending.sdp });
    }
    this.wasReady = ready;
  }

  private async hear(frame: RtcFrame): Promise<void> {
    if (this.closed) return;
    switch (frame.t) {
      case "rtc_config": return this.begin(frame);
      case "rtc_answer": return this.answered(frame.n, frame.sdp);
      case "rtc_people":
        this.people = frame.people;
        if (this.receive(frame)) void this.negotiate();
        break;
      case "rtc_link": this.linked = frame.up; break;
      case "rtc_over": return this.events.over(frame.code, frame.text);
    }
    this.events.changed();
  }

  private begin(config: RtcFrame & { t: "rtc_config" }): void {
    this.drop();
    this.caps = config;
    const pc = (this.pc = this.connect({ iceServers: config.ice, bundlePolicy: "max-bundle" }));
    pc.onicecandidate = ({ candidate }) => {
      this.line.send({ t: "rtc_ice", call: this.call.id, mid: candidate?.sdpMid ?? "", candidate: candidate?.candidate ?? "" });
    };
    pc.onconnectionstatechange = () => this.state(pc.connectionState);
    const { kind } = this.call;
    if (kind !== "screen") this.media.mic ??= null;
    if (kind === "video") this.media.cam ??= null;
    for (const slot of Object.keys(this.media) as Slot[]) this.addOwn(slot);
    this.receive({ audio: kind === "screen" ? 0 : 1, video: kind === "video" ? 1 : 0 });
    this.arm(ANSWER);
    void this.negotiate();
  }

  private addOwn(slot: Slot): void {
    const track = this.media[slot];
    if (!this.pc || (slot === "screen" && !track && !this.own.screen)) return;
    const old = this.own[slot];
    if (old) return void old.sender.replaceTrack(track ?? null).catch(() => {});
    this.own[slot] = this.pc.addTransceiver(track ?? (slot === "mic" ? "audio" : "video"), { direction: "sendonly" });
  }

  /** Has the receiving sections that the relay needs, and tells whether some are new. */
  private receive(need: { audio: number; video: number }): boolean {
    let more = false;
    for (const kind of ["audio", "video"] as const) {
      for (; this.pc && this.have[kind] < Math.min(need[kind], LANES); this.have[kind]++) {
        this.pc.addTransceiver(kind, { direction: "recvonly" });
        more = true;
      }
    }
    return more;
  }

  private state(state: RTCPeerConnectionState): void {
    if (state === "connected") {
      this.clock.clear(this.timer);
      this.attempt = 0;
      this.up = true;
    } else if (state === "disconnected" || state === "failed" || state === "closed") {
      this.up = false;
      this.arm(state === "disconnected" ? HEALS : 0);
    }
    this.events.changed();
  }

  private async negotiate(): Promise<void> {
    const { pc } = this;
    if (!pc || this.making || this.pending) {
      this.again = true;
      return;
    }
    this.making = true;
    this.again = false;
    try {
      await pc.setLocalDescription(await pc.createOffer());
    } catch {
      if (pc === this.pc) this.arm(HEALS);
      return;
    }
    if (pc !== this.pc) return;
    const mids: Mids = {};
    for (const slot of Object.keys(this.own) as Slot[]) {
      const mid = this.own[slot]?.mid;
      if (mid && (slot !== "screen" || this.media.screen)) mids[slot] = mid;
    }
    this.making = false;
    this.pending = { t: "rtc_offer", call: this.call.id, n: ++this.n, sdp: pc.localDescription?.sdp ?? "", mids };
    this.line.send(this.pending);
    if (this.up) this.arm(ANSWER);
    if (this.n === 1) this.line.send({ t: "rtc_mute", call: this.call.id, ...this.off });
  }

  private async answered(n: number, sdp: string): Promise<void> {
    const { pc } = this;
    if (!pc || n !== this.pending?.n) return;
    this.pending = undefined;
    try {
      await pc.setRemoteDescription({ type: "answer", sdp });
      await this.cap();
    } catch {
      if (pc === this.pc) this.arm(HEALS);
      return;
    }
    if (this.up) this.clock.clear(this.timer);
    if (this.again && pc === this.pc) await this.negotiate();
  }

  private async cap(): Promise<void> {
    for (const [slot, most] of [["cam", this.caps.video], ["screen", this.caps.share]] as const) {
      const sender = this.own[slot]?.sender;
      if (!sender || most <= 0) continue;
      const parameters = sender.getParameters();
      for (const encoding of parameters.encodings ?? []) encoding.maxBitrate = most;
      await sender.setParameters(parameters).catch(() => {});
    }
  }
}
