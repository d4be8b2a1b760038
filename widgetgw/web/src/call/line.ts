import { newCid } from "../ids";
import type { Answer } from "../outbox";
import type { CallState, ClientFrame, RtcFrame } from "../protocol";

/** What a call needs of the connection: the chat's, or that of the voice window. */
export interface Line {
  readonly tab: string;
  readonly call: CallState | undefined;
  ready(): boolean;
  /** Rejects when the connection breaks before the answer. */
  request(frame: ClientFrame & { cid: string }): Promise<Answer>;
  send(frame: ClientFrame): boolean;
  subscribe(listener: () => void): () => void;
  rtc: ((frame: RtcFrame) => void) | undefined;
}

export type Act = "answer" | "decline" | "unable" | "end" | "share" | "unshare";

/** Says it until it is answered: a connection that breaks meanwhile comes back, and the same cid is the same act. */
export async function perform(line: Line, call: string, act: Act): Promise<Answer> {
  const frame = { t: "call", cid: newCid(), call, act };
  for (;;) {
    if (line.ready()) {
      try {
        return await line.request(frame);
      } catch { /* broken: again */ }
    }
    await new Promise<void>((done) => {
      const stop = line.subscribe(() => { if (line.ready()) { stop(); done(); } });
      // The connection may be back already.
      if (line.ready()) setTimeout(() => { stop(); done(); }, 300);
    });
  }
}
