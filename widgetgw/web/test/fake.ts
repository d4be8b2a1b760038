import type { Clock } from "../src/clock";
import type { ClientFrame, DeskState, Message, ServerFrame, Welcome } from "../src/protocol";
import type { Carrier, Opener, TransportEvents } from "../src/transport";

/** Lets promises settle without letting time pass. */
export const settle = async (): Promise<void> => {
  for (let i = 0; i < 30; i++) await new Promise<void>((done) => setImmediate(done));
};

export class FakeClock implements Clock {
  time = 1_000_000;
  private readonly timers = new Map<number, { at: number; fn: () => void }>();
  private next = 1;

  now(): number { return this.time; }
  set(fn: () => void, ms: number): unknown {
    const id = this.next++;
    this.timers.set(id, { at: this.time + Math.max(0, ms), fn });
    return id;
  }
  clear(handle: unknown): void { this.timers.delete(handle as number); }

  /** Fires what becomes due, in order, letting promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const due = [...this.timers].filter(([, t]) => t.at <= end).sort((a, b) => a[1].at - b[1].at || a[0] - b[0])[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.time = Math.max(this.time, due[1].at);
      due[1].fn();
      await settle();
    }
    this.time = end;
  }

  /** The machine sleeps: time passes, no timer fires until it wakes. */
  sleep(ms: number): void { this.time += ms; }
}

export class FakeTransport {
  sent: ClientFrame[] = [];
  closed = false;
  /** One-way loss: frames leave, nothing comes back. */
  deaf = false;

  constructor(readonly carrier: Carrier, readonly events: TransportEvents) {}
  open(): void { this.events.open(); }
  receive(frame: ServerFrame): void { if (!this.deaf && !this.closed) this.events.data(JSON.stringify(frame)); }
  close(code: number): void { if (!this.closed) this.events.close(code); }
  last(t: string): ClientFrame | undefined { return [...this.sent].reverse().find((f) => f.t === t); }
}

export class FakeNetwork {
  attempts: FakeTransport[] = [];
  onFrame: ((t: FakeTransport, frame: ClientFrame) => void) | undefined;

  get current(): FakeTransport { return this.attempts[this.attempts.length - 1]!; }

  readonly opener: Opener = (carrier, events) => {
    const transport = new FakeTransport(carrier, events);
    this.attempts.push(transport);
    return {
      send: (text) => {
        const frame = JSON.parse(text) as ClientFrame;
        transport.sent.push(frame);
        if (!transport.deaf) this.onFrame?.(transport, frame);
      },
      close: () => { transport.closed = true; },
    };
  };
}

export const deskState = (fields: Partial<DeskState> = {}): DeskState => ({ online: true, staff_seen: 0, staff_got: 0, my_seen: 0, ...fields });

export const welcome = (fields: Partial<Welcome> = {}): Welcome => ({
  t: "welcome", v: 1, rev: 0, heartbeat: 25_000, more: false, state: deskState(),
  site: { name: "S", langs: ["ru"], lang: "ru", texts: {}, limits: { text: 16_384, file: 1e6, files: 10, types: [] } },
  ...fields,
});

export const message = (seq: number, fields: Partial<Message> = {}): Message => ({
  id: `m${seq}`, seq, rev: seq, from: "staff", at: "2026-01-01T10:00:00.000Z", text: `text ${seq}`, ...fields,
});
