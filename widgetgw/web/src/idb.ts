import type { Box, Entry } from "./box";

const ACTS = "acts";
const BLOBS = "blobs";
const DRAFT_LIFE = 7 * 24 * 3600_000;

interface Kept { blob: Blob; at: number }

const result = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });

/** The outbox in IndexedDB. The auto-increment key gives one order to all tabs. */
export class IdbBox implements Box {
  private constructor(private readonly db: IDBDatabase) {}

  static async open(name: string, factory: IDBFactory = indexedDB): Promise<IdbBox> {
    const request = factory.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(ACTS, { keyPath: "n", autoIncrement: true });
      request.result.createObjectStore(BLOBS);
    };
    const db = await result(request);
    db.onversionchange = () => db.close();
    return new IdbBox(db);
  }

  /** Resolves on the transaction's end, flushed to disk: a request's success alone survives no crash. */
  private write<T>(store: string, run: (s: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    return new Promise((done, fail) => {
      const tx = this.db.transaction(store, "readwrite", { durability: "strict" });
      const request = run(tx.objectStore(store));
      tx.oncomplete = () => done(request.result);
      tx.onabort = tx.onerror = () => fail(tx.error);
    });
  }

  private read<T>(store: string, run: (s: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    return result(run(this.db.transaction(store).objectStore(store)));
  }

  all(): Promise<Entry[]> { return this.read<Entry[]>(ACTS, (s) => s.getAll()); }

  async add(entry: Omit<Entry, "n">): Promise<Entry> {
    const n = await this.write(ACTS, (s) => s.add(entry));
    return { ...entry, n: n as number } as Entry;
  }

  async put(entry: Entry): Promise<void> { await this.write(ACTS, (s) => s.put(entry)); }
  async remove(n: number): Promise<void> { await this.write(ACTS, (s) => s.delete(n)); }
  async putBlob(cid: string, blob: Blob): Promise<void> { await this.write(BLOBS, (s) => s.put({ blob, at: Date.now() }, cid)); }
  async getBlob(cid: string): Promise<Blob | undefined> { return (await this.read<Kept | undefined>(BLOBS, (s) => s.get(cid)))?.blob; }

  /** Bytes of drafts whose tabs are long gone. Acts still waiting keep theirs whatever their age. */
  async prune(): Promise<void> {
    const acts = await this.all();
    const needed = new Set(acts.flatMap((a) => (a.act === "send" ? a.files ?? [] : [])).map((f) => f.cid));
    const cursor = this.db.transaction(BLOBS, "readwrite").objectStore(BLOBS).openCursor();
    cursor.onsuccess = () => {
      const at = cursor.result;
      if (!at) return;
      if (Date.now() - (at.value as Kept).at > DRAFT_LIFE && !needed.has(String(at.key))) at.delete();
      at.continue();
    };
  }

  async removeBlob(cid: string): Promise<void> { await this.write(BLOBS, (s) => s.delete(cid)); }
}
