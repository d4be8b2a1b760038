// What the visitor's browser loads, after gzip -9. `chat` counts everything from the click to the first sent
// message: code, styles and the largest language; `call` everything that only calls need, with the window of voice calls; `lazy` parts come
// on demand (languages are counted twice). Exits with 1 where a budget is broken.
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const dist = join(dirname(fileURLToPath(import.meta.url)), "../dist");
const bytes = async (file) => gzipSync(await readFile(join(dist, file)), { level: 9 }).length;
const sum = (list) => list.reduce((a, b) => a + b, 0);

const manifest = JSON.parse(await readFile(join(dist, "manifest.json"), "utf8"));
const lazy = await Promise.all(manifest.parts.map(async (file) => [file.replace(/-[A-Z0-9]{8}\.js$/, ""), await bytes(file)]));
const words = Math.max(0, ...lazy.filter(([name]) => name.startsWith("call-")).map(([, n]) => n));
const call = sum(await Promise.all(manifest.call.map(bytes))) + words;
const langs = lazy.filter(([name]) => /^[a-z]{2,3}$/.test(name));
const chat = sum(await Promise.all(manifest.first.map(bytes))) + Math.max(0, ...langs.map(([, n]) => n));
const launcher = await bytes(manifest.launcher);
const budgets = [["launcher", launcher, 4 * 1024], ["chat", chat, 40 * 1024], ["call", call, 15 * 1024]];
for (const [name, n, most] of budgets) {
  console.log(`${name} ${n}`);
  if (n > most) {
    console.error(`${name} has ${n} bytes, at most ${most} are allowed`);
    process.exitCode = 1;
  }
}
for (const [name, n] of lazy.sort()) console.log(`lazy ${name} ${n}`);
