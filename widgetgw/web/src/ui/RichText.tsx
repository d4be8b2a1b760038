import { h, type ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { parseHtml, type Node } from "../html";
import { linkify } from "../links";

const away = { target: "_blank", rel: "noopener noreferrer nofollow" };

const linked = (text: string): ComponentChildren[] =>
  linkify(text).map((piece) => (typeof piece === "string" ? piece : <a href={piece.href} {...away}>{piece.text}</a>));

const draw = (nodes: readonly Node[], inLink: boolean): ComponentChildren[] =>
  nodes.map((node) => {
    if (typeof node === "string") return inLink ? node : linked(node);
    const link = node.tag === "a";
    if (link && !node.href) return draw(node.children, inLink);
    return h(node.tag, link ? { href: node.href, ...away } : null, draw(node.children, inLink || link || node.tag === "code"));
  });

export function RichText({ text, html }: { text?: string; html?: string }) {
  const content = useMemo(() => (html ? draw(parseHtml(html), false) : linked(text ?? "")), [text, html]);
  return <div class={html ? "fd-text fd-rich" : "fd-text"} dir="auto">{content}</div>;
}
