/** Signed addresses of files say when they end, and a tab stays open longer than that. */
export const ended = (href: string, now: number): boolean => Number(/[?&]exp=(\d+)/.exec(href)?.[1] ?? Infinity) * 1000 <= now;

interface Link { href: string; click(): void }

const asking = new WeakSet<Link>();

/**
 * A click on a file's link. One whose address has ended gets a fresh one and is clicked again; true tells that the
 * click is not to be followed now. With a clock that is wrong the second click is followed all the same.
 */
export function holdForFresh(link: Link, now: number, renew: () => Promise<string | undefined>): boolean {
  if (asking.has(link) || !ended(link.href, now)) return false;
  asking.add(link);
  const follow = (href?: string) => {
    if (href) link.href = href;
    link.click();
    asking.delete(link);
  };
  renew().then(follow, () => follow());
  return true;
}
