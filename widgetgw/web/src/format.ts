/** Everything shown in the visitor's own language and time zone. */
export interface Formats {
  time(at: string): string;
  full(at: string): string;
  day(at: string): string;
  dayKey(at: string): string;
}

export function formats(lang: string, words: { today: string; yesterday: string }, now: () => number = Date.now): Formats {
  const time = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit" });
  const full = new Intl.DateTimeFormat(lang, { dateStyle: "long", timeStyle: "short" });
  const day = new Intl.DateTimeFormat(lang, { day: "numeric", month: "long" });
  const dayYear = new Intl.DateTimeFormat(lang, { day: "numeric", month: "long", year: "numeric" });
  const key = (d: Date) => `${d.getFullYear()}-${d.getMonth()}-${d.getDate()}`;
  return {
    time: (at) => time.format(new Date(at)),
    full: (at) => full.format(new Date(at)),
    dayKey: (at) => key(new Date(at)),
    day(at) {
      const date = new Date(at);
      const today = new Date(now());
      if (key(date) === key(today)) return words.today;
      // Noon, so that a change to summer time does not skip a day.
      const before = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1, 12);
      if (key(date) === key(before)) return words.yesterday;
      return (date.getFullYear() === today.getFullYear() ? day : dayYear).format(date);
    },
  };
}

export function size(bytes: number, units: readonly string[], lang: string): string {
  let n = bytes;
  let unit = 0;
  while (n >= 1024 && unit < units.length - 1) { n /= 1024; unit++; }
  return `${new Intl.NumberFormat(lang, { maximumFractionDigits: n < 10 && unit > 0 ? 1 : 0 }).format(n)}\u00a0${units[unit]}`;
}

export const initials = (name: string): string =>
  name.trim().split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "").join("").toUpperCase() || "•";

/** One to three emoji and nothing else are shown large. */
export const onlyEmoji = (text: string): boolean =>
  text.length <= 40 && /^(?:\s*(?:\p{RI}\p{RI}|\p{Extended_Pictographic}(?:\ufe0f|\p{EMod})?(?:\u200d\p{Extended_Pictographic}(?:\ufe0f|\p{EMod})?)*)\s*){1,3}$/u.test(text);
