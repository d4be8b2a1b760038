/** Keys every locale file must have; `npm test` compares them. */
export interface Texts {
  dir?: "rtl";
  open: string; close: string;
  online: string; offline: string; glad: string; placeholder: string;
  hello: string; helloMore: string; topics: string;
  rate: string; rateDo: string; stars: string; comment: string; thanks: string;
  send: string; save: string; attach: string; emoji: string; remove: string; cancel: string; retry: string; more: string;
  reply: string; copy: string; edit: string; delete: string; react: string; download: string; back: string;
  editing: string; replying: string; deleted: string; edited: string; you: string; operator: string;
  photo: string; video: string; audio: string; file: string; sending: string;
  today: string; yesterday: string; newMessages: string; toBottom: string; messages: string; loading: string;
  typing: string; typingWho: string;
  connecting: string; noNetwork: string; reconnecting: string; revoked: string; startOver: string; replaced: string;
  continueHere: string; oldVersion: string; unavailable: string; reload: string;
  light: string; dark: string; soundOn: string; soundOff: string;
  pending: string; stored: string; delivered: string; read: string; failed: string;
  tooLarge: string; badType: string; tooMany: string; tooLong: string; emptyFile: string; notSent: string; dropHere: string;
  fileGone: string; uploading: string; unread: string;
  bytes: string[];
  emojiGroups: string[];
}

declare const LANGS: string[];

/** Languages with a file in locale/, put in by the build. */
export const available = (): string[] => LANGS;

/** The build makes one part per file of the folder; adding a language needs nothing here. */
export const load = async (lang: string): Promise<Texts> =>
  ((await import(`./locale/${lang}.ts`)) as { default: Texts }).default;

/** The first wanted language that exists; `ru-RU` finds `ru`. */
export function choose(wanted: readonly (string | undefined)[], have: readonly string[]): string {
  for (const lang of wanted) {
    const base = lang?.toLowerCase().split("-")[0];
    if (base && have.includes(base)) return base;
  }
  return have.includes("en") ? "en" : have[0]!;
}

export const fill = (text: string, values: Record<string, string | number>): string =>
  text.replace(/\{(\w+)\}/g, (_, key: string) => String(values[key] ?? ""));
