import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage } from "../src/box";
import { LeaseMutex, WebLockMutex } from "../src/mutex";
import { FakeClock, settle } from "./fake";

test("lease: two tabs never hold it together", async () => {
  const clock = new FakeClock();
  const storage = memoryStorage();
  let inside = 0;
  let most = 0;
  let runs = 0;
  const work = async (tab: string, random: number) => {
    const mutex = new LeaseMutex(storage, "lock", tab, clock, () => random);
    for (let i = 0; i < 5; i++) {
      await mutex.run(async () => {
        most = Math.max(most, ++inside);
        await new Promise<void>((done) => { clock.set(done, 700); });
        inside--;
        runs++;
      });
    }
  };
  void work("a", 0.1);
  void work("b", 0.9);
  await clock.advance(60_000);
  assert.equal(most, 1);
  assert.equal(runs, 10);
});

test("lease: of a closed tab it runs out, and its late owner notices", async () => {
  const clock = new FakeClock();
  const storage = memoryStorage();
  let first: (() => boolean) | undefined;
  void new LeaseMutex(storage, "lock", "a", clock, () => 0).run((alive) => { first = alive; return new Promise(() => {}); });
  await clock.advance(100);
  assert.equal(first!(), true);
  // A frozen tab: its timers are gone with it.
  const frozen = new FakeClock();
  frozen.time = clock.time;
  let second = false;
  void new LeaseMutex(storage, "lock", "b", frozen, () => 0).run(async () => { second = true; });
  await frozen.advance(7_000);
  assert.equal(second, false);
  await frozen.advance(3_000);
  assert.equal(second, true);
});

/** The part of the Web Locks API in use: a queue, abort while waiting, steal. */
class FakeLocks {
  private holder: { fail(e: Error): void } | undefined;
  private queue: (() => void)[] = [];

  request(_name: string, options: { signal?: AbortSignal; steal?: boolean }, job: () => Promise<void>): Promise<void> {
    return new Promise((done, fail) => {
      const grant = () => {
        const me = (this.holder = { fail });
        void job().then(() => {
          if (this.holder === me) {
            this.holder = undefined;
            this.queue.shift()?.();
          }
          done();
        });
      };
      if (options.steal) {
        this.holder?.fail(new Error("stolen"));
        grant();
      } else if (!this.holder) grant();
      else {
        this.queue.push(grant);
        options.signal?.addEventListener("abort", () => {
          this.queue = this.queue.filter((g) => g !== grant);
          fail(new Error("aborted"));
        });
      }
    });
  }
}

test("web locks: a working holder is waited for, however long it takes", async () => {
  const clock = new FakeClock();
  const locks = new FakeLocks() as unknown as LockManager;
  const storage = memoryStorage();
  const order: string[] = [];
  void new WebLockMutex(locks, storage, "lock", clock).run(async (alive) => {
    await new Promise<void>((done) => { clock.set(done, 60_000); });
    order.push(`a ${alive()}`);
  });
  await settle();
  void new WebLockMutex(locks, storage, "lock", clock).run(async () => { order.push("b"); });
  await clock.advance(59_000);
  assert.deepEqual(order, []);
  await clock.advance(2_000);
  assert.deepEqual(order, ["a true", "b"]);
});

test("web locks: a frozen holder loses the lock and knows it", async () => {
  const asleep = new FakeClock();
  const awake = new FakeClock();
  const locks = new FakeLocks() as unknown as LockManager;
  const storage = memoryStorage();
  let first: (() => boolean) | undefined;
  void new WebLockMutex(locks, storage, "lock", asleep).run((alive) => { first = alive; return new Promise(() => {}); });
  await settle();
  let second = false;
  void new WebLockMutex(locks, storage, "lock", awake).run(async () => { second = true; });
  await awake.advance(30_000);
  assert.equal(second, true);
  assert.equal(first!(), false);
});

test("web locks: the job's failure reaches the caller and frees the lock", async () => {
  const clock = new FakeClock();
  const mutex = new WebLockMutex(new FakeLocks() as unknown as LockManager, memoryStorage(), "lock", clock);
  await assert.rejects(mutex.run(async () => { throw new Error("broken"); }), /broken/);
  let ran = false;
  await mutex.run(async () => { ran = true; });
  assert.ok(ran);
});
