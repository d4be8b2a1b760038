import type { Clock } from "../clock";
import type { CallState } from "../protocol";
import { troubleOf, type Device, type Devices, type Trouble } from "./devices";
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
  off = { mic: false, cam: false };
  trouble: { mic?: Trouble; cam?: Trouble; screen?: boolean } = {};
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
  private getting = new Set<Device>();
  private choosing = false;

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
      if (was?.id === call.id && was.share && call.share !== was.share && call.share !== "on") {
        // The staff want no screen any more: what was chosen for them is neither kept nor shown when they ask again, which they may have by now.
        this.dropScreen();
        this.apply();
      }
      this.refuseImpossible(call);
      if (this.phase === "mine" && !this.leg) {
        if (left?.call === call.id) this.off = { mic: left.mic, cam: left.cam };
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
    const { canConnect, canTalk, canShow } = this.devices;
    // A voice call has a window of its own, which may use a microphone where this page may not.
    if (call.state === "ringing" && this.told !== call.id && !{ voice: canConnect, video: canTalk, screen: canShow }[call.kind]) {
      this.told = call.id;
      this.unable = call.kind === "screen" ? "show" : "talk";
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
    this.getFor(call);
    this.changed();
    if (!(await this.act("answer"))) {
      if (this.answering === call.id) this.answering = "";
      if (!this.leg) this.release();
      this.changed();
    }
  }

  // ---- devices

  /** What a kind of call needs, by one question to the visitor, who is not asked again for what was refused. */
  private getFor({ kind }: CallState): void {
    const needs: Record<CallState["kind"], Device[]> = { voice: ["mic"], video: ["mic", "cam"], screen: [] };
    void this.get(...needs[kind].filter((slot) => !this.off[slot] && !this.trouble[slot]));
  }

  async get(...slots: Device[]): Promise<void> {
    slots = slots.filter((slot) => !this.getting.has(slot) && this[slot]?.readyState !== "live");
    if (!slots.length) return;
    const wish = this.wish;
    let each: Device[] = [];
    for (const slot of slots) this.getting.add(slot);
    try {
      for (const track of await this.devices.capture(slots)) this.take(track, wish);
    } catch (e) {
      // One of two may be there all the same.
      if (slots.length > 1) each = slots;
      else if (wish === this.wish) this.trouble[slots[0]!] = troubleOf(e);
    }
    if (wish !== this.wish) return;
    for (const slot of slots) this.getting.delete(slot);
    for (const slot of each) void this.get(slot);
    this.apply();
  }

  private take(track: MediaStreamTrack, wish: number): void {
    const slot = track.kind === "audio" ? "mic" : "cam";
    // The camera may have been switched off while the browser asked.
    if (wish !== this.wish || (slot === "cam" && this.off.cam)) return track.stop();
    this[slot] = track;
    delete this.trouble[slot];
    track.onended = () => {
      if (this[slot] !== track) return;
      this[slot] = undefined;
      this.trouble[slot] = "missing";
      this.apply();
    };
  }

  private async choose(): Promise<boolean> {
    if (this.choosing) return false;
    this.choosing = true;
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
      this.trouble.screen = true;
      this.changed();
      return false;
    } finally {
      this.choosing = false;
    }
  }

  /** In a running call: what the staff asked for, or the choice again after a reload. By a click. */
  async share(): Promise<void> {
    if (!(await this.choose())) return;
    // They may have thought better of it while the visitor chose.
    if (this.call?.kind !== "screen" && !(this.call?.share === "asked" && (await this.act("share")))) this.dropScreen();
    this.apply();
  }

  refuseShare(): void { void this.act("unshare"); }

  private dropScreen(): void {
    const { screen } = this;
    this.screen = undefined;
    delete this.trouble.screen;
    if (!screen) return;
    screen.onended = null;
    screen.stop();
  }

  stopScreen(): void {
    this.dropScreen();
    if (this.call?.kind === "screen") return this.hangUp();
    this.apply();
    void this.act("unshare");
  }

  toggle(slot: Device): void {
    const off = (this.off[slot] = !this.isOff(slot));
    const { cam } = this;
    if (!off) void this.get(slot);
    else if (slot === "cam" && cam) {
      // The camera's light tells the visitor that it is really off.
      cam.onended = null;
      cam.stop();
      this.cam = undefined;
    }
    this.apply();
  }

  /** Switched off, or not to be had: what the next press of its button changes. */
  isOff(slot: Device): boolean {
    return this.off[slot] || !(this[slot] ?? this.getting.has(slot));
  }

  private apply(): void {
    const { leg, call, off } = this;
    if (leg && call) {
      if (call.kind !== "screen") leg.set("mic", off.mic ? null : (this.mic ?? null));
      if (call.kind === "video") leg.set("cam", off.cam ? null : (this.cam ?? null));
      leg.set("screen", this.screen ?? null);
      leg.muted(off.mic || !this.mic, off.cam || !this.cam);
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
    this.getFor(call);
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
    this.off = { mic: false, cam: false };
    this.trouble = {};
  }
}
