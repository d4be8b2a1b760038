import { wait, type Clock } from "./clock";
import type { Act, Box, Entry, OutFile } from "./box";
import { newCid } from "./ids";
import type { Mutex } from "./mutex";
import type { ClientFrame, Uploaded } from "./protocol";

export type Answer =
  | { t: "ack"; id?: string; seq?: number }
  | { t: "nack"; code: string; text: string };

/** The way out. `request` rejects when the connection breaks before the answer. */
export interface Link {
  ready(): boolean;
  /** Opens a session if there is none. Rejects when the connection breaks. */
  session(): Promise<void>;
  request(frame: ClientFrame & { cid: string }): Promise<Answer>;
  /** Rejects with Refused when the server will never take the file. */
  upload(file: OutFile, blob: Blob): Promise<Uploaded>;
}

/** The server said no for good: the entry fails, the queue goes on. */
export class Refused extends Error {
  constructor(readonly code: string, text: string) { super(text); }
}

export interface OutboxEvents {
  /** Entries were added, changed, failed or removed in this tab. */
  changed(): void;
  /** The server has the act on disk; called before the entry disappears. */
  acknowledged(entry: Entry, answer: { id?: string; seq?: number }): void;
  /** The server refused what cannot be tried again; it is gone. */
  refused?(text: string): void;
}

/** Codes of nack that may mean "that upload is not here (any more)": the bytes are still with us, so upload again. */
const LOST_UPLOAD = new Set(["not_found"]);
const RETRY = 3_000;

/**
 * Keeps every act of the visitor until the server acknowledged it, and sends them in one strict order. An act is
 * under way only while this tab holds the mutex, so two tabs never send the same queue at once; a repetition after
 * a crash carries the same cid and changes nothing.
 */
export class Outbox {
  entries: Entry[] = [];
  /** Acts the box could not store (quota, private mode): they live as long as the page. */
  private readonly unstored = new Map<string, Entry>();
  private readonly unstoredBlobs = new Map<string, Blob>();
  private running = false;
  private again = false;
  private adding: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly box: Box,
    private readonly mutex: Mutex,
    private readonly link: Link,
    private readonly events: OutboxEvents,
    private readonly clock: Clock,
  ) {}

  /** Rereads the queue: at the start, and when another tab changed it. */
  async refresh(): Promise<void> {
    let stored: Entry[] = [];
    try { stored = await this.box.all(); } catch { /* what is in memory still counts */ }
    this.entries = [...stored, ...this.unstored.values()].sort((a, b) => a.n - b.n);
    this.events.changed();
  }

  /** Calls are serialised, so the order of calls is the order of sending. */
  add(act: Act): Promise<Entry> {
    const bare = { ...act, cid: newCid(), at: new Date(this.clock.now()).toISOString() };
    const added = this.adding.then(async () => {
      let entry: Entry;
      try {
        entry = await this.box.add(bare);
      } catch {
        const last = this.entries.reduce((n, e) => Math.max(n, e.n), 0);
        entry = { ...bare, n: last + 0.001 } as Entry;
        this.unstored.set(entry.cid, entry);
      }
      this.entries = [...this.entries, entry];
      this.events.changed();
      this.flush();
      return entry;
    });
    this.adding = added.catch(() => {});
    return added;
  }

  async putBlob(cid: string, blob: Blob): Promise<void> {
    try { await this.box.putBlob(cid, blob); } catch { this.unstoredBlobs.set(cid, blob); }
  }

  async getBlob(cid: string): Promise<Blob | undefined> {
    try { return this.unstoredBlobs.get(cid) ?? (await this.box.getBlob(cid)); } catch { return undefined; }
  }

  async removeBlob(cid: string): Promise<void> {
    this.unstoredBlobs.delete(cid);
    try { await this.box.removeBlob(cid); } catch { /* an orphan of a few bytes */ }
  }

  /** A refused act goes to the end of the queue under a new cid: the old one is answered for ever. */
  async retry(entry: Entry): Promise<void> {
    const { n: _n, cid: _cid, at: _at, failed: _failed, reuploaded: _r, ...act } = entry;
    await this.forget(entry);
    await this.add(act as Act);
  }

  async discard(entry: Entry): Promise<void> {
    await this.forget(entry);
    if (entry.act === "send") for (const file of entry.files ?? []) await this.removeBlob(file.cid);
    this.events.changed();
  }

  /** The session is new: what the old one had uploaded does not exist for it. */
  async resetUploads(): Promise<void> {
    for (const entry of this.entries) {
      if (entry.act === "send" && entry.files?.some((f) => f.done)) {
        await this.store({ ...entry, files: entry.files.map(({ done: _, ...file }) => file) });
      }
    }
  }

  flush(): void {
    if (this.running) {
      this.again = true;
      return;
    }
    if (!this.link.ready() || !this.entries.some((e) => !e.failed)) return;
    this.running = true;
    void this.mutex.run((alive) => this.drain(alive))
      // A broken connection is flushed again by the next welcome; anything else needs a pause.
      .catch(() => (this.link.ready() ? wait(this.clock, RETRY) : undefined))
      .then(() => {
        this.running = false;
        if (this.again || (this.link.ready() && this.entries.some((e) => !e.failed))) {
          this.again = false;
          this.flush();
        }
      });
  }

  private async drain(alive: () => boolean): Promise<void> {
    for (;;) {
      await this.refresh();
      const entry = this.entries.find((e) => !e.failed);
      if (!entry || !alive() || !this.link.ready()) return;
      await this.deliver(entry, alive);
    }
  }

  private async deliver(entry: Entry, alive: () => boolean): Promise<void> {
    try {
      await this.link.session();
      const ready = await this.uploaded(entry);
      if (!alive()) return;
      const answer = await this.link.request(toFrame(ready));
      if (answer.t === "ack") {
        this.events.acknowledged(ready, answer);
        await this.forget(ready);
        if (ready.act === "send") for (const file of ready.files ?? []) await this.removeBlob(file.cid);
        this.events.changed();
      } else if (LOST_UPLOAD.has(answer.code) && ready.act === "send" && ready.files?.length && !ready.reuploaded) {
        await this.replaceLost(ready);
      } else {
        if (ready.act !== "choose" && ready.act !== "rate") return await this.fail(ready, answer.code, answer.text);
        await this.forget(ready);
        this.events.refused?.(answer.text);
      }
    } catch (e) {
      if (!(e instanceof Refused)) throw e;
      await this.fail(entry, e.code, e.message);
    }
  }

  /** In place, so that the order holds, and once. */
  private async replaceLost(entry: Entry & { act: "send" }): Promise<void> {
    const files: OutFile[] = [];
    for (const { done: _, ...file } of entry.files ?? []) {
      const blob = await this.getBlob(file.cid);
      const cid = newCid();
      if (blob) await this.putBlob(cid, blob);
      await this.removeBlob(file.cid);
      files.push({ ...file, cid });
    }
    await this.store({ ...entry, cid: newCid(), files, reuploaded: true });
  }

  private async uploaded(entry: Entry): Promise<Entry> {
    if (entry.act !== "send" || !entry.files?.some((f) => !f.done)) return entry;
    let current: Entry & { act: "send" } = entry;
    for (const file of entry.files) {
      if (file.done) continue;
      const blob = await this.getBlob(file.cid);
      if (!blob) throw new Refused("file_gone", file.name);
      const done = await this.link.upload(file, blob);
      current = { ...current, files: current.files?.map((f) => (f.cid === file.cid ? { ...f, done } : f)) };
      await this.store(current);
    }
    return current;
  }

  private async store(entry: Entry): Promise<void> {
    this.entries = this.entries.map((e) => (e.n === entry.n ? entry : e));
    const unstored = [...this.unstored].find(([, e]) => e.n === entry.n);
    if (unstored) {
      this.unstored.delete(unstored[0]);
      this.unstored.set(entry.cid, entry);
    } else {
      try { await this.box.put(entry); } catch { /* the older version is a correct one too */ }
    }
    this.events.changed();
  }

  private fail(entry: Entry, code: string, text: string): Promise<void> {
    return this.store({ ...entry, failed: { code, text } });
  }

  private async forget(entry: Entry): Promise<void> {
    this.entries = this.entries.filter((e) => e.n !== entry.n);
    if (this.unstored.delete(entry.cid)) return;
    try { await this.box.remove(entry.n); } catch { /* sent again later, the server knows the cid */ }
  }
}

export function toFrame(entry: Entry): ClientFrame & { cid: string } {
  const { cid } = entry;
  switch (entry.act) {
    case "send":
      return {
        t: "send", cid,
        ...(entry.text ? { text: entry.text } : {}),
        ...(entry.files?.length ? { files: entry.files.map((f) => f.done?.id) } : {}),
        ...(entry.reply ? { reply: entry.reply.id } : {}),
      };
    case "edit": return { t: "edit", cid, id: entry.id, text: entry.text };
    case "delete": return { t: "delete", cid, id: entry.id };
    case "react": return { t: "react", cid, id: entry.id, key: entry.key, on: entry.on };
    case "choose": return { t: "choose", cid, topic: entry.topic };
    case "rate": return { t: "rate", cid, ticket: entry.ticket, stars: entry.stars, comment: entry.comment };
  }
}
