import type { OutFile } from "./box";
import type { Client } from "./client";
import { newCid } from "./ids";
import { admit, limitsOf, type Complaint } from "./limits";
import { Refused } from "./outbox";
import type { Quote } from "./protocol";

export interface DraftFile { file: OutFile; url?: string; refused?: string; kept?: Promise<void> }
type KeyValue = Pick<Storage, "getItem" | "setItem" | "removeItem">;

interface Kept { files?: OutFile[]; reply?: Quote }
const SAVE_DELAY = 250;

/**
 * What the visitor is writing. The text is kept for all tabs, files and the quoted message for this tab only:
 * two tabs must not both send the same file.
 */
export class Draft {
  text = "";
  files: DraftFile[] = [];
  reply: Quote | undefined;
  editing: { id: string; saved: string } | undefined;
  complaints: Complaint[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private handing: Promise<unknown> = Promise.resolve();
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly client: Client,
    private readonly local: KeyValue,
    private readonly perTab: KeyValue,
    private readonly key: string,
  ) {}

  async restore(): Promise<void> {
    try {
      this.text = this.local.getItem(this.key) ?? "";
      const kept = JSON.parse(this.perTab.getItem(this.key) ?? "{}") as Kept;
      this.reply = kept.reply;
      const queued = new Set(this.client.outbox.entries.flatMap((e) => (e.act === "send" ? e.files ?? [] : [])).map((f) => f.cid));
      for (const file of kept.files ?? []) {
        const blob = queued.has(file.cid) ? undefined : await this.client.outbox.getBlob(file.cid);
        if (blob) this.take(file, blob);
      }
    } catch { /* a broken draft is an empty one */ }
    this.changed();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changed(): void {
    for (const listener of this.listeners) listener();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), SAVE_DELAY);
  }

  save(): void {
    clearTimeout(this.timer);
    try {
      if (!this.editing) {
        if (this.text) this.local.setItem(this.key, this.text);
        else this.local.removeItem(this.key);
      }
      const kept: Kept = { files: this.files.filter((f) => !f.refused).map((f) => f.file), ...(this.reply ? { reply: this.reply } : {}) };
      if (kept.files?.length || kept.reply) this.perTab.setItem(this.key, JSON.stringify(kept));
      else this.perTab.removeItem(this.key);
    } catch { /* blocked or full: the draft lives as long as the page */ }
  }

  setText(text: string): void {
    this.text = text;
    this.complaints = [];
    this.changed();
  }

  attach(chosen: readonly File[]): void {
    const { taken, complaints } = admit(chosen, this.files.length, limitsOf(this.client.site?.limits));
    this.complaints = complaints;
    for (const blob of taken) {
      const file: OutFile = { cid: newCid(), name: blob.name || "image.png", type: blob.type, size: blob.size };
      this.take(file, blob, this.client.outbox.putBlob(file.cid, blob));
    }
    this.changed();
  }

  private take(file: OutFile, blob: Blob, kept?: Promise<void>): void {
    const draft: DraftFile = { file, ...(kept ? { kept } : {}) };
    if (/^(?:image\/(?!svg)|video\/)/.test(file.type)) draft.url = URL.createObjectURL(blob);
    this.files = [...this.files, draft];
    if (file.done) return;
    this.client.uploadAhead(file, blob).then(
      (done) => { if (done) draft.file = { ...draft.file, done }; this.changed(); },
      (e: unknown) => {
        draft.refused = e instanceof Refused ? e.code : "";
        this.changed();
      },
    );
  }

  remove(draft: DraftFile): void {
    this.client.uploads.abort(draft.file.cid);
    void this.client.outbox.removeBlob(draft.file.cid);
    this.release(draft);
    this.files = this.files.filter((f) => f !== draft);
    this.complaints = [];
    this.changed();
  }

  private release(draft: DraftFile): void {
    if (draft.url) URL.revokeObjectURL(draft.url);
  }

  /** A rating not sent yet; kept for all tabs, for one ticket at a time. */
  get rating(): { ticket: string; stars: number; comment: string } | undefined {
    try { return JSON.parse(this.local.getItem(`${this.key}:rate`) ?? "null") ?? undefined; } catch { return undefined; }
  }

  set rating(kept) {
    const key = `${this.key}:rate`;
    try {
      if (kept) this.local.setItem(key, JSON.stringify(kept));
      else this.local.removeItem(key);
    } catch { /* as with save */ }
  }

  /** Starts editing; the unsent text comes back afterwards. */
  edit(id: string, text: string): void {
    this.editing = { id, saved: this.editing?.saved ?? this.text };
    this.reply = undefined;
    this.text = text;
    this.changed();
  }

  quote(reply: Quote): void {
    this.stopEditing();
    this.reply = reply;
    this.changed();
  }

  stopEditing(): void {
    if (this.editing) this.text = this.editing.saved;
    this.editing = undefined;
    this.changed();
  }

  cancelContext(): void {
    this.reply = undefined;
    this.stopEditing();
  }

  get empty(): boolean { return !this.text.trim() && !this.files.some((f) => !f.refused); }

  /** Hands everything over as one act. The draft is cleared only after the outbox has it on disk. */
  async send(): Promise<void> {
    const { client, editing } = this;
    const text = this.text.trim();
    if (editing) {
      this.stopEditing();
      if (text) await client.act({ act: "edit", id: editing.id, text });
      return;
    }
    if (this.empty) return;
    const sent = this.files.filter((f) => !f.refused);
    const { reply } = this;
    for (const draft of this.files) this.release(draft);
    this.text = "";
    this.files = [];
    this.reply = undefined;
    this.complaints = [];
    clearTimeout(this.timer);
    for (const listener of this.listeners) listener();
    // A message whose bytes are not on disk yet would come back after a crash without them. The next one must not overtake it.
    const handed = this.handing.then(async () => {
      await Promise.all(sent.map((f) => f.kept));
      await client.act({
        act: "send",
        ...(text ? { text } : {}),
        ...(sent.length ? { files: sent.map((f) => f.file) } : {}),
        ...(reply ? { reply } : {}),
      });
    });
    this.handing = handed.catch(() => {});
    await handed;
    this.save();
  }
}
