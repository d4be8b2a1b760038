import { newCid } from "./ids";

type KeyValue = Pick<Storage, "getItem" | "setItem" | "removeItem">;

interface Kept {
  token?: string;
  expires?: string;
  /** cid of a `start` whose answer has not come: the same one is asked again. */
  start?: string;
}

/** The visitor's session token, shared by the tabs of one browser and separate for each site key. */
export class Session {
  private readonly key: string;

  constructor(private readonly storage: KeyValue, siteKey: string, private readonly now: () => number = Date.now) {
    this.key = `frontdesk:${siteKey}`;
  }

  private read(): Kept {
    try {
      return (JSON.parse(this.storage.getItem(this.key) ?? "null") as Kept | null) ?? {};
    } catch {
      return {};
    }
  }

  private write(kept: Kept): void {
    try { this.storage.setItem(this.key, JSON.stringify(kept)); } catch { /* quota: the server keeps the session */ }
  }

  get token(): string | undefined {
    const { token, expires } = this.read();
    return token && !(expires && Date.parse(expires) <= this.now()) ? token : undefined;
  }

  startCid(): string {
    const kept = this.read();
    if (!kept.start) this.write({ ...kept, start: (kept.start = newCid()) });
    return kept.start;
  }

  keep(token: string, expires: string): void { this.write({ token, expires }); }
  extend(expires: string): void { this.write({ ...this.read(), expires }); }

  /** Only if it is still the refused one: another tab may have got a new token meanwhile. */
  forget(token: string | undefined): void {
    if (this.read().token === token) {
      try { this.storage.removeItem(this.key); } catch { /* blocked storage kept nothing */ }
    }
  }

  isKey(key: string | null): boolean { return key === this.key; }
}
