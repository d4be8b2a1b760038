import { wait, type Clock } from "./clock";

/**
 * Lets one tab at a time run a job. `alive` turns false when the right was lost (the tab was frozen too long and
 * another one took over); the job must then stop without further acts.
 */
export interface Mutex {
  run(job: (alive: () => boolean) => Promise<void>): Promise<void>;
}

const BEAT = 2_000;
/** A holder silent for this long is a frozen tab. */
const LEASE = 8_000;

type KeyValue = Pick<Storage, "getItem" | "setItem" | "removeItem">;
interface Lease { tab: string; until: number }

const readLease = (storage: KeyValue, key: string): Lease | undefined => {
  try {
    return JSON.parse(storage.getItem(key) ?? "null") as Lease | undefined ?? undefined;
  } catch {
    return undefined;
  }
};

/** A lease in localStorage, for pages without TLS where the Web Locks API does not exist. */
export class LeaseMutex implements Mutex {
  constructor(
    private readonly storage: KeyValue,
    private readonly key: string,
    private readonly tab: string,
    private readonly clock: Clock,
    private readonly random: () => number = Math.random,
  ) {}

  private mine(): boolean { return readLease(this.storage, this.key)?.tab === this.tab; }

  private renew(): void {
    const lease: Lease = { tab: this.tab, until: this.clock.now() + LEASE };
    try { this.storage.setItem(this.key, JSON.stringify(lease)); } catch { /* full: the lease runs out */ }
  }

  private async acquire(): Promise<void> {
    for (;;) {
      const lease = readLease(this.storage, this.key);
      if (!lease || lease.tab === this.tab || lease.until <= this.clock.now()) {
        this.renew();
        // Two tabs may have written at once; after a pause the last writer is the one both see.
        await wait(this.clock, 40 + 40 * this.random());
        if (this.mine()) return;
      }
      await wait(this.clock, 300 + 200 * this.random());
    }
  }

  async run(job: (alive: () => boolean) => Promise<void>): Promise<void> {
    await this.acquire();
    let held = true;
    let timer: unknown;
    const beat = () => {
      held = held && this.mine();
      if (!held) return;
      this.renew();
      timer = this.clock.set(beat, BEAT);
    };
    timer = this.clock.set(beat, BEAT);
    try {
      await job(() => held && this.mine());
    } finally {
      this.clock.clear(timer);
      if (this.mine()) this.storage.removeItem(this.key);
    }
  }
}

/**
 * Web Locks. The browser frees the lock of a closed tab, but not of a frozen one, so the holder also beats in
 * localStorage and a waiting tab steals the lock from a holder that stopped.
 */
export class WebLockMutex implements Mutex {
  constructor(
    private readonly locks: LockManager,
    private readonly storage: KeyValue,
    private readonly key: string,
    private readonly clock: Clock,
  ) {}

  private beat(): void {
    try { this.storage.setItem(this.key, JSON.stringify({ tab: "", until: this.clock.now() + LEASE })); } catch { /* none */ }
  }

  async run(job: (alive: () => boolean) => Promise<void>): Promise<void> {
    let held = false;
    let lost = false;
    let failure: unknown;
    const hold = async () => {
      held = true;
      this.beat();
      let timer: unknown;
      const beat = () => {
        if (lost) return;
        this.beat();
        timer = this.clock.set(beat, BEAT);
      };
      timer = this.clock.set(beat, BEAT);
      try {
        await job(() => !lost);
      } catch (e) {
        failure = e;
      } finally {
        this.clock.clear(timer);
      }
    };

    const patience = new AbortController();
    const watch = () => {
      if (held) return;
      const lease = readLease(this.storage, this.key);
      if (!lease || lease.until <= this.clock.now()) patience.abort();
      else this.clock.set(watch, BEAT);
    };
    this.clock.set(watch, LEASE);

    try {
      await this.locks.request(this.key, { signal: patience.signal }, hold);
    } catch {
      if (held) lost = true;
      else await this.locks.request(this.key, { steal: true }, hold).catch(() => { lost = true; });
    }
    if (failure) throw failure;
  }
}
