// Bundles the TypeScript tests for Node and runs them with node:test; no browser needed.
import { spawnSync } from "node:child_process";
import { build } from "esbuild";
import { mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = join(root, ".cache/test");
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const tests = (await readdir(join(root, "test"))).filter((f) => f.endsWith(".test.ts"));
await build({
  entryPoints: tests.map((f) => join(root, "test", f)), outdir: out, outExtension: { ".js": ".mjs" },
  bundle: true, platform: "node", format: "esm", target: "node20", sourcemap: "inline", logLevel: "warning",
});
const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--test", "--test-timeout=20000", "--test-reporter=dot", ...tests.map((f) => join(out, f.replace(".ts", ".mjs")))], { stdio: "inherit" });
process.exit(status ?? 1);
