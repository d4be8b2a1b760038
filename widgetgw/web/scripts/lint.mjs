// House rules tsc does not know: no HTML from strings, no inline styles, no eval, logical CSS, files of a readable size.
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const RULES = [
  [/\.tsx?$/, /\binnerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySetInnerHTML|DOMParser/, "HTML made from a string"],
  [/\.tsx?$/, /\beval\(|new Function\(/, "eval"],
  [/\.tsx?$/, /\sstyle=|\.style\.|\.cssText|setAttribute\("style"/, "inline style"],
  [/\.tsx?$/, /\bTODO|FIXME|console\.log/, "leftover"],
  [/\.css$/, /(?:^|[\s;{])(?:margin|padding|border|inset)-(?:left|right)\s*:|(?:^|[\s;{])(?:left|right|float)\s*:|text-align:\s*(?:left|right)/, "physical side, RTL breaks"],
];
let bad = 0;
const complain = (file, line, what) => { bad++; console.error(`${relative(root, file)}:${line}: ${what}`); };

async function walk(dir) {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) { await walk(path); continue; }
    const lines = (await readFile(path, "utf8")).split("\n");
    if (lines.length > 400) complain(path, lines.length, "longer than 400 lines");
    for (const [i, line] of lines.entries()) {
      if (/\s$/.test(line)) complain(path, i + 1, "trailing space");
      for (const [files, pattern, what] of RULES) if (files.test(entry.name) && pattern.test(line)) complain(path, i + 1, what);
    }
  }
}
await walk(join(root, "src"));

const lock = await readFile(join(root, "package-lock.json"), "utf8");
if (/"resolved"|https?:\/\/[^"]*registry/.test(lock)) complain(join(root, "package-lock.json"), 1, "names a registry host");
process.exit(bad ? 1 : 0);
