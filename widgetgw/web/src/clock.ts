/** Time as the modules see it, so that tests can drive it by hand. */
export interface Clock {
  now(): number;
  set(fn: () => void, ms: number): unknown;
  clear(handle: unknown): void;
}

export const realClock: Clock = {
  now: () => Date.now(),
  set: (fn, ms) => setTimeout(fn, ms),
  clear: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};

export const wait = (clock: Clock, ms: number): Promise<void> =>
  new Promise((done) => { clock.set(done, ms); });
