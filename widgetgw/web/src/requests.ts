import type { Clock } from "./clock";
import { Refused, type Answer } from "./outbox";

/** The connection broke before the answer; the act will be repeated with the same cid. */
export class Disconnected extends Error {}

interface Waiting { done(answer: Answer): void; fail(reason: Error): void; timer: unknown }

/** An act unanswered this long on a connection that otherwise lives is taken for lost. */
const ANSWER_LIMIT = 15_000;

/** Pairs acts with their ack or nack by cid. */
export class Requests {
  private readonly waiting = new Map<string, Waiting>();

  constructor(private readonly clock: Clock, private readonly late: () => void) {}

  wait(cid: string): Promise<Answer> {
    return new Promise((done, fail) => {
      const timer = this.clock.set(() => this.late(), ANSWER_LIMIT);
      this.waiting.set(cid, { done, fail, timer });
    });
  }

  answered(cid: string, answer: Answer): void {
    const request = this.waiting.get(cid);
    if (!request) return;
    this.waiting.delete(cid);
    this.clock.clear(request.timer);
    request.done(answer);
  }

  /** The connection closed. `tooBig`: because of the frame under way, which must not come again. */
  broken(tooBig: boolean): void {
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const request of all) {
      this.clock.clear(request.timer);
      request.fail(tooBig ? new Refused("too_big", "") : new Disconnected());
    }
  }
}
