// Builds dist/: the pages' scripts, and Element Call as its package ships it, with our cameras and microphones put before its own scripts.
import { build } from "esbuild";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");
const call = join(root, "node_modules/@element-hq/element-call-embedded/dist");

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });

/** Rooms with calls are not encrypted: the SDK's cryptography is left out. */
const unencrypted = {
  name: "unencrypted",
  setup(b) {
    b.onResolve({ filter: /^@matrix-org\/matrix-sdk-crypto-wasm/ }, ({ path }) => ({ path, namespace: "nothing" }));
    b.onLoad({ filter: /./, namespace: "nothing" }, () => ({ contents: "module.exports = {};", loader: "js" }));
  },
};

await build({
  absWorkingDir: root, outdir: "dist", bundle: true, format: "esm", target: "es2022", charset: "utf8", logLevel: "warning",
  entryPoints: ["src/operator.js", "src/host.js", "src/devices.js"],
  plugins: [unencrypted],
});
for (const page of ["operator", "host"]) {
  await writeFile(join(dist, `${page}.html`),
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${page}</title><link rel="icon" href="data:,">` +
    `<style>html,body{margin:0;height:100%;background:#223;color:#eee;font:14px sans-serif}iframe{border:0;width:100%;height:100%}video{width:320px;background:#000}</style>` +
    `<body><script type="module" src="${page}.js"></script></body></html>\n`);
}

await cp(call, join(dist, "call"), { recursive: true, filter: (path) => !path.endsWith(".map") });
const index = join(dist, "call/index.html");
const html = await readFile(index, "utf8");
if (!html.includes("<head>")) throw new Error("Element Call's page has no head to put the devices into");
await writeFile(index, html.replace("<head>", `<head><script type="module" src="../devices.js"></script>`));
