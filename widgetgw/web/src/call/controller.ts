import type { Clock } from "../clock";
import type { CallState } from "../protocol";
import { troubleOf, type Devices, type Trouble } from "./devices";
import { Leg } from "./leg";
import { perform, type Act, type Line } from "./line";

export type Phase =
  | "none"
  | "ringing" // an invitation, to be answered here or elsewhere
  | "answering" // answered here, the server's word is on its way
  | "mine" // runs in this page
  | "elsewhere" // runs in another page
  | "over"; // for a moment, where there is a word to say

/** How long the last word about a call stays. */
const WORD = 8_000;

/** What a page does about the conversation's call. Knows nothing of looks. */
export class Controller {
  leg: Leg | undefined;
  mic: MediaStreamTrack | undefined;
  cam: MediaStreamTrack | undefined;
  screen: MediaStreamTrack | undefined;
  micOff = false;
  camOff = false;
  trouble: { mic?: Trouble; cam?: Trouble; screen?: Trouble } = {};
  /** The last word of the relay or the server; also the reason of an "over". */
  word = "";
  /** The browser cannot do what it was asked. */
  unable: "talk" | "show" | undefined;
  /** When this page saw the call become active: the visitor's clock may be wrong. */
  since: number | undefined;
  call: CallState | undefined;
  /** Counts the wishes to get a device, so that a late one is given back. */
  private wish = 0;
  private answering = "";
  private told = "";
  private stopped = "";
  private wordTimer: unknown;
  private getting = new Set<"mic" | "cam">();

  constructor(
    readonly line: Line,
    private readonly devices: Devices,
    private readonly clock: Clock,
    private readonly changed: () => void,
    private readonly connect?: (config: RTCConfiguration) => RTCPeerConnection,
  ) {}

  get phase(): Phase {
    const { call } = this;
    if (!call) return this.word || this.unable ? "over" : "none";
    if (call.state === "ringing") {
      if (this.told === call.id) return this.unable ? "over" : "none";
      return this.answering === call.id ? "answering" : "ringing";
    }
    if (call.tab !== this.line.tab) return "elsewhere";
    return this.stopped === call.id ? (this.word ? "over" : "none") : "mine";
  }

  /** The conversation's state may have changed. `left`: what the page before this one had switched off. */
  update(left?: { call: string; mic: boolean; cam: boolean }): void {
    const was = this.call;
    const call = (this.call = this.line.call);
    if (was && was.id !== call?.id) this.end();
    if (call) {
      if (was?.id !== call.id) {
        this.say("");
        this.unable = undefined;
      }
      if (call.state === "active" && this.since === undefined) this.since = this.begun(call, was);
      this.refuseImpossible(call);
      if (this.phase === "mine" && !this.leg) {
        if (left?.call === call.id) [this.micOff, this.camOff] = [left.mic, left.cam];
        this.begin(call);
      } else if (this.phase === "elsewhere" && (this.leg || this.mic || this.cam || this.screen)) this.end();
    }
    this.changed();
  }

  private begun(call: CallState, was: CallState | undefined): number {
    const now = this.clock.now();
    if (was?.id === call.id) return now;
    const since = Date.parse(call.since ?? "");
    return Number.isNaN(since) ? now : Math.min(since, now);
  }

  /** A browser that cannot show a screen, or take part at all, is not asked. */
  private refuseImpossible(call: CallState): void {
    const { canTalk, canShow } = this.devices;
    if (call.state === "ringing" && this.told !== call.id && (!canTalk || (call.kind === "screen" && !canShow))) {
      this.told = call.id;
      this.unable = canTalk ? "show" : "talk";
      this.clock.clear(this.wordTimer);
      this.wordTimer = this.clock.set(() => { this.unable = undefined; this.changed(); }, WORD);
      void this.act("unable");
    } else if (call.share === "asked" && !canShow && call.tab === this.line.tab && this.told !== `${call.id} share`) {
      this.told = `${call.id} share`;
      void this.act("unable");
    } else if (call.share !== "asked" && this.told === `${call.id} share`) this.told = "";
  }

  private async act(act: Act): Promise<boolean> {
    const { call } = this;
    if (!call) return false;
    const answer = await perform(this.line, call.id, act);
    if (answer.t === "nack" && act !== "end" && act !== "unshare" && act !== "unable") this.say(answer.text);
    return answer.t === "ack";
  }

  private say(word: string): void {
    this.clock.clear(this.wordTimer);
    this.word = word;
    if (word) this.wordTimer = this.clock.set(() => { this.word = ""; this.changed(); }, WORD);
    this.changed();
  }

  dismiss(): void {
    this.unable = undefined;
    this.say("");
  }

  // ---- the invitation

  decline(): void {
    const { call } = this;
    if (!call) return;
    this.told = call.id;
    this.changed();
    void this.act("decline").then((taken) => {
      if (taken || this.call?.id !== call.id) return;
      this.told = "";
      this.changed();
    });
  }

  /** Must be called by a click: only then may a page ask for the screen. */
  async answer(): Promise<void> {
    const { call } = this;
    if (!call || this.phase !== "ringing") return;
    if (call.kind === "screen" && !(await this.choose())) return;
    if (this.call?.id !== call.id || this.call.state !== "ringing") return this.end();
    this.answering = call.id;
    // The question for the microphone may take its time; the caller need not wait for it.
    if (call.kind !== "screen") void this.get("mic");
    if (call.kind === "video") void this.get("cam");
    this.changed();
    if (!(await this.act("answer"))) {
      if (this.answering === call.id) this.answering = "";
      if (!this.leg) this.release();
      this.changed();
    }
  }

  // ---- devices

  async get(slot: "mic" | "cam"): Promise<void> {
    if (this.getting.has(slot) || this[slot]?.readyState === "live") return;
    const wish = this.wish;
    this.getting.add(slot);
    try {
      const track = await (slot === "mic" ? this.devices.microphone() : this.devices.camera());
      if (wish !== this.wish) return track.stop();
      this[slot] = track;
      delete this.trouble[slot];
      track.onended = () => {
        if (this[slot] !== track) return;
        this[slot] = undefined;
        this.trouble[slot] = "missing";
        this.apply();
      };
    } catch (e) {
      if (wish === this.wish) this.trouble[slot] = troubleOf(e);
    } finally {
      this.getting.delete(slot);
    }
    if (wish === this.wish) this.apply();
  }

  private async choose(): Promise<boolean> {
    const { call } = this;
    try {
      const track = await this.devices.screen();
      if (this.call?.id !== call?.id) {
        track.stop();
        return false;
      }
      this.screen = track;
      delete this.trouble.screen;
      // The browser's own bar ends it as well.
      track.onended = () => { if (this.screen === track) this.stopScreen(); };
      return true;
    } catch {
      this.trouble.screen = "cancelled";
      this.changed();
      return false;
    }
  }

  /** In a running call: what the staff asked for, or the choice again after a reload. By a click. */
  async share(): Promise<void> {
    if (!(await this.choose())) return;
    this.apply();
    if (this.call?.share === "asked") await this.act("share");
  }

  refuseShare(): void { void this.act("unshare"); }

  stopScreen(): void {
    const { screen, call } = this;
    this.screen = undefined;
    if (screen) {
      screen.onended = null;
      screen.stop();
    }
    if (call?.kind === "screen") return this.hangUp();
    this.apply();
    void this.act("unshare");
  }

  toggleMic(): void {
    this.micOff = !this.micOff;
    if (!this.micOff) void this.get("mic");
    this.apply();
  }

  toggleCam(): void {
    this.camOff = !this.camOff;
    if (this.camOff && this.cam) {
      // The camera's light tells the visitor that it is really off.
      this.cam.onended = null;
      this.cam.stop();
      this.cam = undefined;
    }
    if (!this.camOff) void this.get("cam");
    this.apply();
  }

  get micSilent(): boolean { return this.micOff || !this.mic; }
  get camSilent(): boolean { return this.camOff || !this.cam; }

  private apply(): void {
    const { leg, call } = this;
    if (leg && call) {
      if (call.kind !== "screen") leg.set("mic", this.micOff ? null : (this.mic ?? null));
      if (call.kind === "video") leg.set("cam", this.camOff ? null : (this.cam ?? null));
      leg.set("screen", this.screen ?? null);
      leg.muted(this.micSilent, this.camSilent);
    }
    this.changed();
  }

  // ---- the call

  private begin(call: CallState): void {
    this.answering = "";
    this.leg = new Leg(this.line, call, {
      changed: () => this.changed(),
      over: (code, text) => {
        this.stopped = call.id;
        this.end();
        if (code !== "conflict") this.say(text);
        this.changed();
      },
    }, this.clock, this.connect);
    if (call.kind !== "screen" && !this.micOff) void this.get("mic");
    if (call.kind === "video" && !this.camOff) void this.get("cam");
    // A screen that was shown before a reload has to be chosen again; inside of a call it may as well end.
    if (call.kind !== "screen" && call.share === "on" && !this.screen) void this.act("unshare");
    this.apply();
    if (this.line.ready()) this.leg.join();
  }

  hangUp(): void {
    const { call } = this;
    if (!call) return;
    if (call.state === "ringing") return this.decline();
    if (call.tab === this.line.tab) this.stopped = call.id;
    void this.act("end");
    this.end();
    this.changed();
  }

  private end(): void {
    this.leg?.close();
    this.leg = undefined;
    this.since = undefined;
    this.answering = "";
    this.release();
  }

  private release(): void {
    this.wish++;
    this.getting.clear();
    for (const slot of ["mic", "cam", "screen"] as const) {
      const track = this[slot];
      if (!track) continue;
      track.onended = null;
      track.stop();
      this[slot] = undefined;
    }
    this.micOff = this.camOff = false;
    this.trouble = {};
  }
}
