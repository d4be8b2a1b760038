/** Plain text cut at its addresses: strings and links by turns. */
export type Piece = string | { text: string; href: string };

/** What stands before an @ is bounded: in a long word without one each letter would be looked at from every letter before it. */
const FOUND = /\bhttps?:\/\/[^\s<>"«»]+|\bwww\.[^\s<>"«»]+\.[^\s<>"«»]+|[\p{L}\p{N}][\p{L}\p{N}._%+-]{0,63}@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}/giu;

/** Punctuation after an address belongs to the sentence; a closing bracket does unless it was opened inside. */
function trimmed(found: string): string {
  for (;;) {
    const last = found[found.length - 1] ?? "";
    const opener = ({ ")": "(", "]": "[", "}": "{" } as Record<string, string>)[last];
    const unbalanced = opener !== undefined && found.split(opener).length < found.split(last).length;
    if (!unbalanced && !/[.,;:!?'"…*_~]/.test(last)) return found;
    found = found.slice(0, -1);
    if (!found) return found;
  }
}

function address(found: string): string | undefined {
  const mail = !/^(?:https?:|www\.)/i.test(found);
  const href = mail ? `mailto:${found}` : /^www\./i.test(found) ? `https://${found}` : found;
  try {
    const url = new URL(href);
    return mail || url.hostname ? url.href : undefined;
  } catch {
    return undefined;
  }
}

export function linkify(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(FOUND)) {
    const found = trimmed(match[0]);
    const href = found && address(found);
    if (!href) continue;
    if (match.index > at) pieces.push(text.slice(at, match.index));
    pieces.push({ text: found, href });
    at = match.index + found.length;
  }
  if (at < text.length) pieces.push(text.slice(at));
  return pieces;
}
