// What the scripts that drive a real Chromium share.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { startMock, startSite } from "../test/mock-gateway.mjs";

export const launch = (...args) => chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", ...args],
});

/** Waits for a condition; the limit is there for a busy machine, not a claim about speed. */
export const until = async (check, ms = 60_000, what = "") => {
  const end = Date.now() + ms;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > end) throw new Error(`timed out: ${what || check}`);
    await new Promise((done) => setTimeout(done, 50));
  }
};

/** Nothing fades in or moves any more; what never ends, as a pulse or the meter, is not waited for. Half faded in, words have no contrast. */
export const atRest = (page) => until(() => page.evaluate(() => {
  const roots = [document, ...[...document.querySelectorAll("*")].map((e) => e.shadowRoot).filter(Boolean)];
  return roots.flatMap((root) => root.getAnimations())
    .every((a) => a.playState !== "running" || a.effect.getComputedTiming().endTime === Infinity || a.effect.target.closest(".fdc-level"));
}), 60_000, "nothing moves any more");

export const field = (page) => page.locator("frontdesk-chat .fd-composer textarea");
export const openChat = async (page) => {
  await page.locator("frontdesk-launcher button").click();
  await field(page).waitFor();
};

/** Runs scenarios one after another, each with its own gateway, site and browser context. */
export function stageOf(browser) {
  const only = process.argv[2];
  const stage = {
    failed: 0,
    async scenario(name, run, { csp = false, mock: mockOptions = {}, context: contextOptions = {} } = {}) {
      if (only && !name.includes(only)) return;
      const mock = await startMock(mockOptions);
      const site = await startSite(mock.origin, { csp });
      mock.siteOrigins = new URL(site.url).origin;
      const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, ...contextOptions });
      context.setDefaultTimeout(60_000);
      const problems = [];
      const watch = (page) => {
        page.on("console", (m) => { if (m.type() === "error" && !/ERR_|WebSocket|net::/.test(m.text())) problems.push(m.text()); });
        page.on("pageerror", (e) => problems.push(String(e)));
      };
      context.on("page", watch);
      const started = Date.now();
      try {
        const page = await context.newPage();
        await page.goto(site.url);
        await page.locator("frontdesk-launcher button").waitFor();
        await run({ page, mock, site, context, problems });
        assert.deepEqual(problems, []);
        console.log(`ok   ${name} (${Date.now() - started} ms)`);
      } catch (e) {
        stage.failed++;
        console.log(`FAIL ${name}\n${e.stack}\n${problems.join("\n")}`);
      } finally {
        await context.close();
        await mock.stop();
        await site.stop();
      }
    },
    close: () => browser.close(),
    async end() {
      await stage.close();
      process.exit(stage.failed ? 1 : 0);
    },
  };
  return stage;
}
