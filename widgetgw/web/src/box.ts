import type { Uploaded } from "./protocol";

/** A file on its way out. Its bytes lie under `cid` until the message that carries it is acknowledged. */
export interface OutFile {
  cid: string;
  name: string;
  type: string;
  size: number;
  done?: Uploaded;
}

export type Act =
  | { act: "send"; text?: string; files?: OutFile[]; reply?: { id: string; text: string; from: "me" | "staff" | "system" } }
  | { act: "edit"; id: string; text: string }
  | { act: "delete"; id: string }
  | { act: "react"; id: string; key: string; on: boolean }
  | { act: "choose"; topic: string }
  | { act: "rate"; ticket: string; stars: number; comment: string };

/** One act of the visitor that the server has not acknowledged. `n` is its place in the queue of all tabs. */
export type Entry = Act & {
  n: number;
  cid: string;
  at: string;
  /** Refused by the server; stays visible until the visitor retries or discards it, and blocks nothing. */
  failed?: { code: string; text: string };
  /** Its uploads were lost once and replaced. */
  reuploaded?: boolean;
};

/** Where unacknowledged acts survive. Every promise resolves only when the data would survive a crash. */
export interface Box {
  all(): Promise<Entry[]>;
  /** Assigns `n`, higher than any before in any tab. */
  add(entry: Omit<Entry, "n">): Promise<Entry>;
  put(entry: Entry): Promise<void>;
  remove(n: number): Promise<void>;
  putBlob(cid: string, blob: Blob): Promise<void>;
  getBlob(cid: string): Promise<Blob | undefined>;
  removeBlob(cid: string): Promise<void>;
}

/** Entries in localStorage, for browsers without IndexedDB; blobs do not fit there and live in memory. */
export class LocalBox implements Box {
  private readonly blobs = new Map<string, Blob>();

  constructor(private readonly storage: Pick<Storage, "getItem" | "setItem">, private readonly key: string) {}

  private read(): { next: number; entries: Entry[] } {
    try {
      return JSON.parse(this.storage.getItem(this.key) ?? "") as { next: number; entries: Entry[] };
    } catch {
      return { next: 1, entries: [] };
    }
  }

  private write(change: (data: { next: number; entries: Entry[] }) => void): void {
    const data = this.read();
    change(data);
    this.storage.setItem(this.key, JSON.stringify(data));
  }

  async all(): Promise<Entry[]> { return this.read().entries; }

  async add(entry: Omit<Entry, "n">): Promise<Entry> {
    let full!: Entry;
    this.write((data) => {
      full = { ...entry, n: data.next++ } as Entry;
      data.entries.push(full);
    });
    return full;
  }

  async put(entry: Entry): Promise<void> {
    this.write((data) => { data.entries = data.entries.map((e) => (e.n === entry.n ? entry : e)); });
  }

  async remove(n: number): Promise<void> {
    this.write((data) => { data.entries = data.entries.filter((e) => e.n !== n); });
  }

  async putBlob(cid: string, blob: Blob): Promise<void> { this.blobs.set(cid, blob); }
  async getBlob(cid: string): Promise<Blob | undefined> { return this.blobs.get(cid); }
  async removeBlob(cid: string): Promise<void> { this.blobs.delete(cid); }
}

/** The last resort when the browser blocks all storage: survives a broken connection, not a reload. */
export function memoryStorage(): Pick<Storage, "getItem" | "setItem" | "removeItem"> {
  const map = new Map<string, string>();
  return {
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
    removeItem: (key) => void map.delete(key),
  };
}
