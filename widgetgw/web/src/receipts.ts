import type { Clock } from "./clock";
import type { ClientFrame } from "./protocol";
import type { Store } from "./store";

const GOT_DELAY = 250;

/** Tells the desk what arrived (`got`) and what was looked at (`seen`), each only forwards. */
export class Receipts {
  /** Where "new messages" begin: what was unseen when the visitor looked again. */
  divider: number | undefined;
  private watched = false;
  private fresh = true;
  private known = false;
  private got = 0;
  private timer: unknown;

  constructor(
    private readonly store: Store,
    private readonly send: (frame: ClientFrame) => boolean,
    private readonly clock: Clock,
  ) {}

  /** Panel open, tab visible and focused: only then a message counts as seen. */
  watch(on: boolean): void {
    if (on && !this.watched) this.fresh = true;
    this.watched = on;
    this.update();
  }

  /** After a (re)connection the server is told anew; receipts have no ack. */
  reconnected(): void {
    this.got = 0;
    this.known = true;
  }

  update(): void {
    const { store, clock } = this;
    if (store.rev > this.got && !this.timer) {
      this.timer = clock.set(() => {
        this.timer = undefined;
        if (store.rev > this.got && this.send({ t: "got", rev: store.rev })) this.got = store.rev;
      }, GOT_DELAY);
    }
    if (!this.watched || store.behind) return;
    if (this.fresh && this.known) {
      this.fresh = false;
      this.divider = store.unread > 0 ? store.state.my_seen : undefined;
    }
    const seq = store.newestSeq;
    if (seq > store.state.my_seen && this.send({ t: "seen", seq })) store.seen(seq);
  }
}
