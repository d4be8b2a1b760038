import type { Clock } from "./clock";
import { CLOSE, policyFor } from "./closecodes";
import type { ClientFrame, ServerFrame, Welcome } from "./protocol";
import type { Carrier, Opener, Transport } from "./transport";

export type Phase = "idle" | "connecting" | "live" | "waiting" | "stopped";

/** After a ping or an unanswered frame this long without a byte means the connection is dead. */
const SILENCE = 10_000;
/** The same after an event that usually kills connections (sleep, network change): look sooner. */
const SILENCE_PROBE = 4_000;
/** A frame that nobody answered is followed by a ping after this. */
const NUDGE = 5_000;
/** Idle time before a ping while somebody looks at the panel: 4 s + 10 s of silence stays below 15 s. */
const WATCHED_IDLE = 4_000;
/** A pong may be late behind a backlog, but when it is this late nothing of ours arrives. */
const PONG_LIMIT = 20_000;
const BACKOFF = 300;
const BACKOFF_MAX = 30_000;
/** A connection that lived shorter does not count as a success for the back-off. */
const STABLE = 5_000;
/** A timer that fires this much too late has slept with the machine. */
const SLEPT = 5_000;
const FAILURES_BEFORE_SWITCH = 3;

export interface ConnectionDeps {
  open: Opener;
  clock: Clock;
  random(): number;
  hello(): ClientFrame;
  frame(frame: ServerFrame): void;
  phase(phase: Phase): void;
  /** Called before anything else happens after a close, with the code's consequences. */
  closed(code: number): void;
  online?(): boolean;
}

/** Owns one connection at a time: opens, watches, reopens. Knows frames only as far as liveness needs it. */
export class Connection {
  phase: Phase = "idle";
  carrier: Carrier = "socket";
  /** The code of the last close; tells why `stopped` is stopped. */
  lastCode = 0;

  private transport: Transport | undefined;
  private generation = 0;
  private heartbeat = 25_000;
  private watched = false;
  private timer: unknown;
  private due = 0;
  private attempt = 0;
  private failures = 0;
  private liveSince = 0;
  private lastIn = 0;
  /** When the first thing was sent that still waits for any sign of life, and how long that may last. */
  private owedSince = 0;
  private patience = SILENCE;
  private nudged = false;
  private pings = 0;
  private pingOut: { n: number; at: number } | undefined;
  private floor = 0;
  private bye: { code: number; again: number } | undefined;

  constructor(private readonly deps: ConnectionDeps) {}

  start(): void {
    if (this.phase === "idle" || this.phase === "stopped") this.connect();
  }

  stop(phase: "idle" | "stopped" = "idle"): void {
    this.drop();
    this.enter(phase);
  }

  /** Drops what is there and connects anew at once, e.g. with another session. */
  restart(): void {
    this.drop();
    this.attempt = 0;
    this.connect();
  }

  /** `answered`: the server must answer this frame, silence after it counts. */
  send(frame: ClientFrame, answered = false): boolean {
    if (this.phase !== "live" || !this.transport) return false;
    this.write(frame, answered);
    return true;
  }

  /** The panel is open and looked at: notice a dead connection sooner. */
  watch(on: boolean): void {
    this.watched = on;
    if (this.phase === "live") this.arm();
  }

  /** Something happened that may have killed the connection, or revived the network. */
  check(suspicious = false): void {
    if (this.phase === "waiting") {
      if (this.deps.clock.now() >= this.floor) this.connect();
    } else if (this.phase === "live") {
      if (suspicious) {
        this.patience = SILENCE_PROBE;
        this.owedSince = 0;
      }
      this.ping();
    }
  }

  /** The layer above lost faith: an act was not answered although other frames come in. */
  giveUp(): void {
    if (this.phase === "live" || this.phase === "connecting") this.onClose(CLOSE.dead);
  }

  private enter(phase: Phase): void {
    if (this.phase === phase) return;
    this.phase = phase;
    this.deps.phase(phase);
  }

  private connect(): void {
    const { clock } = this.deps;
    this.drop();
    const generation = ++this.generation;
    const mine = <A extends unknown[]>(fn: (...args: A) => void) => (...args: A) => {
      if (generation === this.generation) fn(...args);
    };
    this.lastIn = clock.now();
    this.enter("connecting");
    this.owe();
    this.transport = this.deps.open(this.carrier, {
      open: mine(() => this.write(this.deps.hello(), true)),
      data: mine((text: string) => this.onData(text)),
      close: mine((code: number) => this.onClose(code)),
    });
    this.arm();
  }

  private drop(): void {
    this.generation++;
    this.transport?.close();
    this.transport = undefined;
    this.deps.clock.clear(this.timer);
    this.owedSince = 0;
    this.patience = SILENCE;
    this.pingOut = undefined;
    this.nudged = false;
  }

  private write(frame: ClientFrame, answered: boolean): void {
    if (answered) {
      this.owe();
      this.arm();
    }
    try {
      this.transport?.send(JSON.stringify(frame));
    } catch {
      this.onClose(CLOSE.dead);
    }
  }

  private owe(): void {
    if (!this.owedSince) this.owedSince = this.deps.clock.now();
  }

  private ping(): void {
    const n = ++this.pings;
    this.nudged = true;
    if (!this.pingOut) this.pingOut = { n, at: this.deps.clock.now() };
    this.write({ t: "ping", n }, true);
  }

  private onData(text: string): void {
    let frame: ServerFrame;
    try {
      frame = JSON.parse(text) as ServerFrame;
    } catch {
      return;
    }
    this.lastIn = this.deps.clock.now();
    this.owedSince = 0;
    this.nudged = false;
    this.patience = SILENCE;
    switch (frame.t) {
      case "ping": this.write({ t: "pong", n: frame.n }, false); break;
      case "pong": if (this.pingOut && frame.n >= this.pingOut.n) this.pingOut = undefined; break;
      case "bye":
        this.bye = { code: frame.code, again: frame.again };
        // Polling has no close of its own, the frame is the close.
        if (this.carrier === "polling") return this.onClose(frame.code);
        break;
      case "welcome": this.onWelcome(frame); break;
    }
    this.deps.frame(frame);
    if (this.phase === "live") this.arm();
  }

  private onWelcome(frame: Welcome): void {
    if (frame.heartbeat > 0) this.heartbeat = frame.heartbeat;
    this.failures = 0;
    this.liveSince = this.lastIn;
    this.enter("live");
  }

  private onClose(code: number): void {
    const { clock } = this.deps;
    const now = clock.now();
    const wasLive = this.phase === "live";
    const bye = this.bye;
    this.bye = undefined;
    this.drop();
    if (bye && code < 3000 && code !== CLOSE.tooBig) code = bye.code || code;
    this.lastCode = code;
    const policy = policyFor(code);
    this.deps.closed(code);
    if (!policy.again || bye?.again === -1) return this.enter("stopped");

    if (wasLive) {
      if (now - this.liveSince >= STABLE) this.attempt = 0;
    } else if (code === CLOSE.blocked) {
      this.carrier = "polling";
    } else if (code < 4000 || code === CLOSE.dead) {
      this.countFailure();
    }
    const step = policy.quick ? Math.max(0, this.attempt - 3) : this.attempt;
    this.attempt++;
    const ceiling = Math.min(BACKOFF * 2 ** step, BACKOFF_MAX);
    const floor = Math.max(policy.floor, bye?.again ?? 0);
    this.floor = now + floor;
    const delay = floor + ceiling * (0.5 + 0.5 * this.deps.random());
    this.enter("waiting");
    this.due = now + delay;
    this.timer = clock.set(() => this.connect(), delay);
  }

  /** Three attempts that never got a welcome: try the other carrier. Being offline proves nothing. */
  private countFailure(): void {
    if (this.deps.online?.() === false) return;
    if (++this.failures < FAILURES_BEFORE_SWITCH) return;
    this.failures = 0;
    this.carrier = this.carrier === "socket" ? "polling" : "socket";
  }

  /** One timer for everything that can become due on an open connection. */
  private arm(): void {
    const { clock } = this.deps;
    clock.clear(this.timer);
    const now = clock.now();
    let due = Infinity;
    if (this.owedSince) {
      due = this.owedSince + this.patience;
      if (this.phase === "live" && !this.nudged) due = Math.min(due, this.owedSince + NUDGE);
    } else if (this.phase === "live") {
      due = this.lastIn + (this.watched ? Math.min(WATCHED_IDLE, this.heartbeat) : this.heartbeat);
    }
    if (this.pingOut) due = Math.min(due, this.pingOut.at + PONG_LIMIT);
    this.due = due;
    this.timer = clock.set(() => this.wake(), Math.max(0, due - now));
  }

  private wake(): void {
    const now = this.deps.clock.now();
    if (this.phase === "live" && now - this.due > SLEPT) {
      // What was owed before the sleep says nothing about the connection after it.
      this.pingOut = undefined;
      this.check(true);
      return;
    }
    const silent = this.owedSince !== 0 && now - this.owedSince >= this.patience;
    const deaf = this.pingOut !== undefined && now - this.pingOut.at >= PONG_LIMIT;
    if (silent || deaf) return this.onClose(CLOSE.dead);
    if (this.phase === "live") this.ping();
  }
}
