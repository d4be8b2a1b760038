import type { Clock } from "./clock";
import { CLOSE } from "./closecodes";
import type { Transport, TransportEvents } from "./transport";

export interface PollAnswer { status: number; body: string }
export type Post = (body: string, signal: AbortSignal) => Promise<PollAnswer>;

const ROUND_LIMIT = 35_000;

/** HTTP has no close codes; these statuses say the same things. */
const closeOf = (status: number): number =>
  ({ 401: CLOSE.badToken, 403: CLOSE.badOrigin, 404: CLOSE.badSite, 413: CLOSE.tooBig, 429: CLOSE.tooMany } as
    Record<number, number>)[status] ?? 1006;

/**
 * Long polling. One POST is under way at a time. A frame that must leave while an empty POST hangs aborts it:
 * the server repeats the unacknowledged batch. Frames of an aborted or failed POST are sent again, which the
 * protocol allows for every frame (acts carry cids, the others are monotonic or volatile).
 */
export function openPolling(post: Post, clock: Clock, events: TransportEvents): Transport {
  let sid: string | undefined;
  let ack = 0;
  let queue: string[] = [];
  let flying: string[] | undefined;
  let abort: AbortController | undefined;
  let closed = false;

  const end = (code: number) => {
    if (closed) return;
    closed = true;
    abort?.abort();
    events.close(code);
  };

  const round = async (): Promise<void> => {
    const frames = (flying = queue);
    queue = [];
    const control = (abort = new AbortController());
    const timer = clock.set(() => control.abort(), ROUND_LIMIT);
    try {
      const head = sid === undefined ? "{" : `{"sid":${JSON.stringify(sid)},`;
      const answer = await post(`${head}"ack":${ack},"frames":[${frames.join(",")}]}`, control.signal);
      if (closed) return;
      if (answer.status !== 200) return end(closeOf(answer.status));
      const body = JSON.parse(answer.body) as { sid: string; n: number; frames?: unknown[] };
      sid = body.sid;
      // A batch that was already taken comes again when the POST that acknowledged it got lost.
      if (body.n > ack) {
        ack = body.n;
        for (const frame of body.frames ?? []) {
          if (closed) return;
          events.data(JSON.stringify(frame));
        }
      }
    } catch {
      if (closed) return;
      if (!control.signal.aborted || sid === undefined) return end(1006);
      queue = frames.concat(queue);
    } finally {
      clock.clear(timer);
      flying = undefined;
    }
    if (!closed) void round();
  };

  const start = clock.set(() => {
    if (closed) return;
    events.open();
    void round();
  }, 0);

  return {
    send(text) {
      queue.push(text);
      if (sid === undefined || !flying) return;
      if (flying.length === 0) return abort?.abort();
      // A POST with acts returns at once; one with typing or receipts may hang, and is not waited for long.
      const current = abort;
      clock.set(() => { if (current === abort && flying && queue.length) current?.abort(); }, 1000);
    },
    close() {
      closed = true;
      clock.clear(start);
      abort?.abort();
    },
  };
}
