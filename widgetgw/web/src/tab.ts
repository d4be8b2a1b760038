import { newCid } from "./ids";

type KeyValue = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** What a page passes on to the page that follows it in the same tab. */
interface Left { tab: string; call: string; mic: boolean; cam: boolean }

/**
 * The id by which the gateway knows this page: that of the page before it if a call was running there. It lies in the
 * storage only between two pages, because a duplicated tab gets a copy of the storage.
 */
export class Tab {
  readonly id: string;
  readonly left: Left | undefined;

  constructor(private readonly storage: KeyValue, private readonly key: string) {
    try {
      this.left = (JSON.parse(storage.getItem(key) ?? "null") as Left | null) ?? undefined;
      storage.removeItem(key);
    } catch { /* blocked: a reload ends the call */ }
    this.id = this.left?.tab ?? newCid();
  }

  leave(left: Omit<Left, "tab">): void {
    try { this.storage.setItem(this.key, JSON.stringify({ ...left, tab: this.id })); } catch { /* as above */ }
  }

  back(): void {
    try { this.storage.removeItem(this.key); } catch { /* as above */ }
  }
}
