import assert from "node:assert/strict";
import { test } from "node:test";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { formats, initials, onlyEmoji, size } from "../src/format";
import { parseHtml, safeHref, type Node } from "../src/html";
import { admit, limitsOf, textFits, typeAllowed } from "../src/limits";
import { linkify } from "../src/links";
import { choose } from "../src/locale";
import en from "../src/locale/en";
import ru from "../src/locale/ru";

const TAGS = new Set("b strong i em u s del code pre a br p ul ol li blockquote".split(" "));
const flat = (nodes: readonly Node[]): string =>
  nodes.map((n) => (typeof n === "string" ? n : `<${n.tag}${n.href ? ` ${n.href}` : ""}>${flat(n.children)}</>`)).join("");

function harmless(nodes: readonly Node[]): void {
  for (const node of nodes) {
    if (typeof node === "string") continue;
    assert.ok(TAGS.has(node.tag), node.tag);
    assert.deepEqual(Object.keys(node).sort(), node.href ? ["children", "href", "tag"] : ["children", "tag"]);
    if (node.href) {
      assert.equal(node.tag, "a");
      assert.match(node.href, /^(https?:\/\/|mailto:|tel:)/);
    }
    harmless(node.children);
  }
}

test("html: the allowed subset survives", () => {
  assert.equal(flat(parseHtml("<p>a <b>b</b><br>c &amp; d</p>")), "<p>a <b>b</><br></>c & d</>");
  assert.equal(flat(parseHtml("<a href='https://x.org/?a=1&amp;b=2'>x</a>")), "<a https://x.org/?a=1&b=2>x</>");
  assert.equal(flat(parseHtml("<ul><li>1</li><li>2</ul>t")), "<ul><li>1</><li>2</></>t");
  assert.equal(flat(parseHtml("1 < 2 > 0 &lt;b&gt; &#1055;&#x440;&unknown;")), "1 < 2 > 0 <b> Пр&unknown;");
  assert.equal(flat(parseHtml("<b>unclosed")), "<b>unclosed</>");
  assert.equal(flat(parseHtml('<span data-mx-spoiler="a &gt; b">x</span> <code class="language-go">y</code>')), "x <code>y</>");
  assert.equal(flat(parseHtml("<a href='https://a.org'>a<a href='https://b.org'>b</a>")), "<a https://a.org/>a</><a https://b.org/>b</>");
});

const HOSTILE = [
  "<script>alert(1)</script>after", "<SCRIPT SRC=//evil>x</SCRIPT >after", "<scr<script>ipt>alert(1)</script>", "<img src=x onerror=alert(1)>",
  "<svg/onload=alert(1)>", "<svg><script>alert(1)</script></svg>", "<math><mi xlink:href='javascript:alert(1)'>x", "<iframe srcdoc='<script>alert(1)</script>'>",
  "<a href='javascript:alert(1)'>x</a>", "<a href='java\nscript:alert(1)'>x</a>", "<a href='&#106;avascript:alert(1)'>x</a>", "<a href=' \u0001javascript:alert(1)'>x</a>",
  "<a href='data:text/html,<script>alert(1)</script>'>x</a>", "<a href='vbscript:x'>x</a>", "<a href='//evil.org'>x</a>", "<a href='/local'>x</a>",
  "<a href='https:evil'>x</a>", "<a href='file:///etc/passwd'>x</a>", "<a href='https://ok.org' onclick='alert(1)' style='x' target=_top>x</a>", "<a onmouseover=alert(1) href=https://ok.org>x</a>",
  "<b style='background:url(javascript:1)' onclick=x>y</b>", "<p onmouseover=\"alert('>')\">x</p>", "<style>*{color:red}</style>x", "<!-- <b>x</b> --><b>y</b>", "<!--x", "<![CDATA[<b>x</b>]]>",
  "<?php x ?>", "<template><b>x</b></template>", "<textarea><script>x</textarea>", "<title><img src=x></title>", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
  "<form action=javascript:alert(1)><input type=submit>", "<object data=x>", "<embed src=x>", "<base href=//evil>", "<meta http-equiv=refresh content=0>", "<link rel=stylesheet href=//evil>",
  "<b\u0000>x</b>", "<b/onclick=x>y", "<b<i>x", "</b></p></script>", "<", "<a", "<a href=\"", "<a href='https://x", "<".repeat(5000), "<b>".repeat(5000), "<script>".repeat(500),
  "<a href=\"tel:+7 999\">x</a>", "<a href='mailto:a@b.c?subject=x'>x</a>", "<xmp><b>x</xmp>", "<plaintext>x", "<details open ontoggle=alert(1)>", "<video><source onerror=alert(1)>", "&lt;script&gt;alert(1)&lt;/script&gt;",
];

test("html: hostile input leaves nothing but allowed tags and addresses", () => {
  for (const html of HOSTILE) harmless(parseHtml(html));
  assert.equal(flat(parseHtml(HOSTILE[0]!)), "after");
  assert.equal(flat(parseHtml("&lt;script&gt;")), "<script>");
});

test("html: random mixtures of hostile parts", () => {
  let seed = 42;
  const random = (n: number) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n;
  for (let i = 0; i < 3_000; i++) {
    let html = "";
    for (let k = 0; k < 4; k++) {
      const part = HOSTILE[random(HOSTILE.length)]!.slice(0, 120);
      const cut = random(part.length + 1);
      html += random(2) ? part.slice(0, cut) : part.slice(cut);
    }
    harmless(parseHtml(html));
  }
});

test("html: depth and number of nodes are bounded", () => {
  let depth = 0;
  let list = parseHtml("<b>".repeat(10_000));
  while (list[0] && typeof list[0] !== "string") { depth++; list = list[0].children; }
  assert.ok(depth <= 40);
});

test("html: addresses", () => {
  assert.equal(safeHref("HTTPS://Example.org/ü"), "https://example.org/%C3%BC");
  assert.equal(safeHref("mailto:a@b.org"), "mailto:a@b.org");
  assert.equal(safeHref("tel:+79990000000"), "tel:+79990000000");
  for (const bad of ["javascript:1", "JaVaScRiPt:1", "\tjavascript:1", "data:x", "", "x", "ftp://x", "blob:https://x/1", "https://"]) assert.equal(safeHref(bad), undefined, bad);
});

const found = (text: string) => linkify(text).filter((p) => typeof p !== "string").map((p) => [p.text, p.href]);

test("links: addresses in plain text", () => {
  assert.deepEqual(found("см. https://demo.totality.ru/cp/administration/users."), [["https://demo.totality.ru/cp/administration/users", "https://demo.totality.ru/cp/administration/users"]]);
  assert.deepEqual(found("(https://en.wikipedia.org/wiki/A_(b))"), [["https://en.wikipedia.org/wiki/A_(b)", "https://en.wikipedia.org/wiki/A_(b)"]]);
  assert.deepEqual(found("www.example.org/x, да"), [["www.example.org/x", "https://www.example.org/x"]]);
  assert.deepEqual(found("пишите на ivan.petrov@company.ru!"), [["ivan.petrov@company.ru", "mailto:ivan.petrov@company.ru"]]);
  assert.deepEqual(found("«https://a.org»"), [["https://a.org", "https://a.org/"]]);
  assert.deepEqual(found("http://пример.рф/путь")[0]![0], "http://пример.рф/путь");
  assert.deepEqual(found("цена 5.50, файл readme.txt, javascript:alert(1), https://"), []);
});

test("links: nothing of the text is lost", () => {
  for (const text of ["", "просто текст", "a https://x.org b www.y.org c d@e.ru.", "https://x.org", "...https://x.org/a?b=(c)...\nещё"]) {
    assert.equal(linkify(text).map((p) => (typeof p === "string" ? p : p.text)).join(""), text);
  }
});

test("locales: every file has the same keys, the same gaps and no empty text", async () => {
  assert.deepEqual(Object.keys(ru).sort(), Object.keys(en).sort());
  const gaps = (s: string) => (s.match(/\{\w+\}/g) ?? []).sort().join();
  for (const [key, text] of Object.entries(ru)) {
    const other = en[key as keyof typeof en];
    if (Array.isArray(text)) assert.equal(text.length, (other as string[]).length, key);
    else {
      assert.ok(text && other, key);
      assert.equal(gaps(text), gaps(other as string), key);
    }
  }
  // Whoever adds a language adds it to this test by adding the file.
  const folder = join(process.cwd(), "src/locale");
  for (const name of await readdir(folder)) {
    const source = await readFile(join(folder, name), "utf8");
    for (const key of Object.keys(ru)) assert.ok(new RegExp(`\\b${key}:`).test(source), `${name}: ${key}`);
  }
});

test("locales: the documents' words", () => {
  assert.equal(ru.online, "Напишите нам, мы онлайн!");
  assert.equal(ru.glad, "Мы рады помочь!");
  assert.equal(ru.placeholder, "Сообщение");
});

test("languages: the first wanted one that exists", () => {
  assert.equal(choose([undefined, "ru-RU", "en"], ["en", "ru"]), "ru");
  assert.equal(choose(["de", "fr"], ["en", "ru"]), "en");
  assert.equal(choose(["de"], ["ru"]), "ru");
});

test("limits: words for what does not fit", () => {
  const limits = limitsOf({ text: 10, file: 100, files: 2, types: ["image/*", ".pdf"] });
  const f = (name: string, type: string, bytes: number) => ({ name, type, size: bytes });
  const { taken, complaints } = admit([f("a.png", "image/png", 5), f("b.exe", "application/x-msdownload", 5), f("c.PDF", "", 500), f("d.pdf", "", 0), f("e.pdf", "", 5), f("f.pdf", "", 5)], 0, limits);
  assert.deepEqual(taken.map((t) => t.name), ["a.png", "e.pdf"]);
  assert.deepEqual(complaints.map((c) => c.why), ["badType", "tooLarge", "emptyFile", "tooMany"]);
  assert.ok(typeAllowed("x.bin", "", []));
  assert.ok(!typeAllowed("x.svg.exe", "application/x-msdownload", ["image/*", ".svg"]));
  assert.ok(textFits("😀".repeat(10), limits));
  assert.ok(!textFits("a".repeat(11), limits));
  assert.ok(!textFits("\u0001".repeat(16_000), limitsOf(undefined)), "escapes would break the frame limit");
});

test("formats", () => {
  const now = new Date(2026, 10, 21, 12).getTime();
  const f = formats("ru", ru, () => now);
  assert.equal(f.day(new Date(2026, 10, 21, 1).toISOString()), "Сегодня");
  assert.equal(f.day(new Date(2026, 10, 20, 23).toISOString()), "Вчера");
  assert.match(f.day(new Date(2026, 10, 3).toISOString()), /^3 ноября$/);
  assert.match(f.day(new Date(2023, 11, 4).toISOString()), /2023/);
  assert.match(f.time(new Date(2026, 10, 21, 9, 5).toISOString()), /^0?9:05$/);
  assert.equal(size(1843200, ru.bytes, "ru"), "1,8\u00a0МБ");
  assert.equal(size(512, en.bytes, "en"), "512\u00a0B");
  assert.equal(initials("Марина Беседина"), "МБ");
  assert.equal(initials("  "), "•");
  assert.ok(onlyEmoji("👍🏽") && onlyEmoji("❤️ 👨‍👩‍👧") && onlyEmoji("🇷🇺"));
  assert.ok(!onlyEmoji("5") && !onlyEmoji("ok 👍") && !onlyEmoji("👍👍👍👍") && !onlyEmoji(""));
});

test("links: a long word costs no more than its length", () => {
  const word = "x".repeat(200_000);
  const begun = performance.now();
  assert.deepEqual(linkify(word), [word]);
  assert.deepEqual(linkify(`a@${"b".repeat(60_000)} c@example.org`).slice(1), [{ text: "c@example.org", href: "mailto:c@example.org" }]);
  // Looked at from each of its letters it takes several times as long.
  assert.ok(performance.now() - begun < 5_000);
});
