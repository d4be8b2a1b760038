/** The browser's hints that the network or the machine may have changed. */
export interface Moments {
  check(suspicious: boolean): void;
  /** Visibility or focus changed. */
  looked(): void;
  /** The page goes into the back-forward cache, or comes back. */
  frozen(on: boolean): void;
  leaving(): void;
}

export function watchMoments(m: Moments): void {
  addEventListener("online", () => m.check(true));
  addEventListener("offline", () => m.check(true));
  addEventListener("focus", () => { m.check(false); m.looked(); });
  addEventListener("blur", () => m.looked());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") m.check(false);
    else m.leaving();
    m.looked();
  });
  addEventListener("pagehide", (e) => {
    m.leaving();
    // An open socket keeps the page out of the cache, so going back would reload it.
    if (e.persisted) m.frozen(true);
  });
  addEventListener("pageshow", (e) => {
    if (e.persisted) m.frozen(false);
    m.check(true);
  });
}

export const looking = (): boolean => document.visibilityState === "visible" && document.hasFocus();
