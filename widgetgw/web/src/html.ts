/**
 * Reads the server's `html` without a DOM parser (Trusted Types pages refuse one) and keeps only what the protocol
 * allows. The result is data, the UI makes elements of it, so nothing in the text can become markup again.
 */
export interface Element { tag: string; href?: string; children: Node[] }
export type Node = string | Element;

const ALLOWED = new Set(["b", "strong", "i", "em", "u", "s", "del", "code", "pre", "a", "br", "p", "ul", "ol", "li", "blockquote"]);
/** Their content is not text for people. */
const SILENT = new Set(["script", "style", "template", "noscript", "iframe", "object", "textarea", "title", "xmp", "noembed", "noframes", "svg", "math"]);
const MAX_DEPTH = 32;
const MAX_NODES = 5_000;

const NAMED: Record<string, string> = {
  amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0", laquo: "«", raquo: "»", mdash: "—", ndash: "–", hellip: "…",
};

export const decodeEntities = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,6}));/gi, (whole, dec: string, hex: string, name: string) => {
    if (name) return NAMED[name.toLowerCase()] ?? whole;
    const code = dec ? parseInt(dec, 10) : parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : "\ufffd";
  });

/** The address if it is one of the four harmless schemes, else undefined. */
export function safeHref(href: string): string | undefined {
  // Browsers drop these characters before they look at the scheme, so the check must not see them either.
  const clean = href.replace(/[\u0000-\u0020\u007f-\u00a0\u200b-\u200f\u2028-\u202e]+/g, (gap) => (/[^ ]/.test(gap) ? "" : gap)).trim();
  if (!/^(?:https?:\/\/|mailto:|tel:)/i.test(clean)) return undefined;
  try {
    const url = new URL(clean);
    return ["http:", "https:", "mailto:", "tel:"].includes(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

const TAG = /^<(\/?)([a-z][a-z0-9-]*)((?:"[^"]*"|'[^']*'|[^>"'])*)>/i;
const HREF = /(?:^|[\s"'/])href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i;

export function parseHtml(html: string): Node[] {
  const root: Element = { tag: "", children: [] };
  const stack: Element[] = [root];
  let nodes = 0;
  let at = 0;

  const text = (raw: string) => {
    if (!raw || ++nodes > MAX_NODES) return;
    const into = stack[stack.length - 1]!.children;
    const last = into[into.length - 1];
    if (typeof last === "string") into[into.length - 1] = last + decodeEntities(raw);
    else into.push(decodeEntities(raw));
  };

  while (at < html.length) {
    const open = html.indexOf("<", at);
    if (open < 0) { text(html.slice(at)); break; }
    text(html.slice(at, open));
    if (html.startsWith("<!--", open)) {
      const end = html.indexOf("-->", open + 4);
      at = end < 0 ? html.length : end + 3;
      continue;
    }
    if (/^<[!?]/.test(html.slice(open, open + 2))) {
      const end = html.indexOf(">", open);
      at = end < 0 ? html.length : end + 1;
      continue;
    }
    const match = TAG.exec(html.slice(open, open + 4_096));
    if (!match) { text("<"); at = open + 1; continue; }
    at = open + match[0].length;
    const tag = match[2]!.toLowerCase();
    const closing = match[1] === "/";

    if (SILENT.has(tag)) {
      if (!closing && !match[3]!.endsWith("/")) {
        const end = html.toLowerCase().indexOf(`</${tag}`, at);
        const gt = end < 0 ? -1 : html.indexOf(">", end);
        at = gt < 0 ? html.length : gt + 1;
      }
      continue;
    }
    if (!ALLOWED.has(tag)) continue;
    if (closing) {
      const depth = stack.map((e) => e.tag).lastIndexOf(tag);
      if (depth > 0) stack.length = depth;
      continue;
    }
    if (++nodes > MAX_NODES) continue;
    const element: Element = { tag, children: [] };
    if (tag === "a") {
      const href = HREF.exec(match[3]!);
      const safe = href && safeHref(decodeEntities(href[1] ?? href[2] ?? href[3] ?? ""));
      if (safe) element.href = safe;
      // A link in a link has no meaning, the outer one ends.
      const outer = stack.map((e) => e.tag).lastIndexOf("a");
      if (outer > 0) stack.length = outer;
    }
    stack[stack.length - 1]!.children.push(element);
    if (tag !== "br" && stack.length < MAX_DEPTH) stack.push(element);
  }
  return root.children;
}
