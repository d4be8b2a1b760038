// Builds dist/: widget.js (the launcher, a classic script) and the chat as hashed ES modules it loads on intent.
import { build, transform } from "esbuild";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const langs = (await readdir(join(root, "src/locale"))).map((f) => basename(f, ".ts")).sort();

const css = {
  name: "css-text",
  setup(b) {
    b.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true, target: "es2021" });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

const shared = {
  bundle: true, minify: true, target: ["es2021"], charset: "utf8", legalComments: "none", absWorkingDir: root,
  jsx: "automatic", jsxImportSource: "preact", plugins: [css], logLevel: "warning",
};

async function launcherLabels() {
  const labels = {};
  for (const lang of langs) {
    const { code } = await transform(await readFile(join(root, `src/locale/${lang}.ts`), "utf8"), { loader: "ts", format: "esm" });
    const { default: texts } = await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`);
    labels[lang] = [texts.open, texts.close, texts.unread];
  }
  return labels;
}

for (const file of await readdir(dist)) if (file !== ".gitignore") await rm(join(dist, file), { recursive: true });

const chat = await build({
  ...shared, entryPoints: ["src/chat.tsx"], outdir: "dist", format: "esm", splitting: true, metafile: true,
  entryNames: "[name]-[hash]", chunkNames: "[name]-[hash]", define: { LANGS: JSON.stringify(langs) },
});
const { outputs } = chat.metafile;
const fileOf = (source) => Object.keys(outputs).find((file) => outputs[file].entryPoint === source);
/** What a module needs before it runs, itself at the front. */
const closure = (file, seen = new Set()) => {
  if (!seen.has(file)) {
    seen.add(file);
    for (const i of outputs[file].imports) if (i.kind === "import-statement") closure(i.path, seen);
  }
  return [...seen];
};
const names = (files) => files.map((file) => basename(file));
const chatFile = basename(fileOf("src/chat.tsx"));

await build({
  ...shared, entryPoints: ["src/launcher.ts"], outfile: "dist/widget.js", format: "iife",
  define: { CHAT_FILE: JSON.stringify(chatFile), LABELS: JSON.stringify(await launcherLabels()) },
});

// What loads when, for `npm run sizes` and the Go side, which names the part about calls in the page of the voice window.
const first = names(closure(fileOf("src/chat.tsx")));
const call = names(closure(fileOf("src/call/call.tsx"))).filter((f) => !first.includes(f));
const parts = names(Object.keys(outputs)).filter((f) => !first.includes(f) && !call.includes(f));
await writeFile(join(dist, "manifest.json"), `${JSON.stringify({ launcher: "widget.js", chat: chatFile, first, call, parts }, null, 2)}\n`);
