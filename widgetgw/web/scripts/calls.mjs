// Calls in a real Chromium with devices that it makes up, against an operator who is another page: npm run calls [part of a name].
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { withCalls } from "../test/mock-calls.mjs";
import { atRest, field, launch, openChat, stageOf, until } from "./harness.mjs";

const FAKES = ["--use-fake-device-for-media-stream", "--disable-features=WebRtcHideLocalIpsWithMdns"];
const browser = await launch(...FAKES, "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required");
const stage = stageOf(browser);
// The one with the made-up dialog allows everything; this one is as browsers are, and this one has no camera.
const denying = stageOf(await launch(...FAKES));
const blind = stageOf(await launch(FAKES[0] + "=device-count=0", FAKES[1], "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required"));

const card = (page) => page.locator("frontdesk-chat .fdc-card");
const float = (page) => page.locator("frontdesk-call .fdc-float");
const button = (root, name) => root.getByRole("button", { name, exact: true });
const said = (page, name) => button(card(page), name);

/** Counts how often a page rings from now on. */
const counting = (page) => page.evaluate(() => {
  const { createOscillator } = BaseAudioContext.prototype;
  window.tones = 0;
  BaseAudioContext.prototype.createOscillator = function () { window.tones++; return createOscillator.call(this); };
});
const rings = (page, what) => until(() => page.evaluate(() => window.tones > 0), 60_000, what);

/** A visitor who has written once, in one of the browsers, and an operator who can call. */
async function scenario(name, run, { on = stage, folded = true, ...options } = {}) {
  await on.scenario(name, async (s) => {
    const operator = await (await browser.newContext()).newPage();
    const calls = await withCalls(s.mock, operator);
    await openChat(s.page);
    await field(s.page).fill("Здравствуйте");
    await s.page.keyboard.press("Enter");
    await until(() => s.mock.conversation?.messages.length === 1);
    if (folded) await s.page.locator("frontdesk-launcher button").click();
    await run({ ...s, calls });
    await operator.context().close();
  }, options);
}

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe has to say about a part of a page. */
async function accessible(page, ...selector) {
  await atRest(page);
  await page.evaluate(`${axe};0`);
  const found = await page.evaluate(async (within) => {
    const { violations } = await window.axe.run(within.length ? { include: [within] } : document, { rules: { "color-contrast": { enabled: true } } });
    return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`);
  }, selector);
  assert.deepEqual(found, []);
}

const flows = async (calls, slot, kind) => {
  const first = await calls.received(slot);
  await until(async () => {
    const now = await calls.received(slot);
    return kind === "audio" ? now.bytes > first.bytes + 2_000 : now.frames > first.frames + 5;
  }, 60_000, `${slot} reaches the operator`);
};
const writes = async (page, mock, text) => {
  await field(page).fill(text);
  await field(page).press("Enter");
  await until(() => mock.conversation.messages.some((m) => m.text === text));
};
const plays = (page, selector) => until(() => page.locator(selector).first().evaluate((v) => v.currentTime > 0.5 && !v.paused), 60_000, `${selector} plays`);

await scenario("voice: in its own window, through a page change, muted, ended by closing the window", async ({ page, mock, calls, context, site }) => {
  calls.ring("voice");
  await card(page).getByText("Марина Беседина приглашает вас начать голосовой звонок.").waitFor();
  assert.ok(await said(page, "Запретить").isVisible());
  const [window] = await Promise.all([context.waitForEvent("page"), said(page, "Разрешить").click()]);
  await button(window, "Отклонить").waitFor();
  assert.doesNotMatch(window.url(), new RegExp(mock.conversation.token));
  await said(page, "Показать окно").waitFor();
  await button(window, "Принять звонок").click();
  await window.getByText("Идёт разговор").waitFor();
  await window.locator(".fdc-time").waitFor();
  await flows(calls, "mic", "audio");
  await until(() => window.locator(".fdc-level").evaluate((l) => Number(l.dataset.level) > 0), 60_000, "the meter moves");
  await plays(window, "audio");
  await page.goto(`${site.url}other`);
  await card(page).getByText("Звонок идёт в другом окне.").waitFor();
  await button(window, "Выключить микрофон").click();
  await until(() => calls.mute?.mic === true);
  const quiet = await calls.received("mic");
  await button(window, "Включить микрофон").click();
  await until(() => calls.mute?.mic === false);
  await flows(calls, "mic", "audio");
  assert.ok(quiet.bytes > 0);
  const joins = calls.joins;
  await window.reload();
  await window.getByText("Идёт разговор").waitFor();
  await flows(calls, "mic", "audio");
  assert.ok(calls.joins > joins);
  await button(window, "Завершить звонок").click();
  await window.getByText("Звонок завершён").waitFor();
  await until(() => calls.call === undefined);
  assert.deepEqual(calls.acts, ["answer", "end"]);
  await card(page).waitFor({ state: "detached" });
});

await scenario("voice: a closed window hangs up", async ({ page, calls, context }) => {
  calls.ring("voice");
  const [window] = await Promise.all([context.waitForEvent("page"), said(page, "Разрешить").click()]);
  await button(window, "Принять звонок").click();
  await window.getByText("Идёт разговор").waitFor();
  await window.close();
  await until(() => calls.call === undefined, 60_000, "the call ends");
});

await scenario("voice: declined in the window and in the chat", async ({ page, calls, context }) => {
  calls.ring("voice");
  await said(page, "Запретить").click();
  await until(() => calls.acts.join() === "decline");
  await card(page).waitFor({ state: "detached" });
  calls.ring("voice");
  const [window] = await Promise.all([context.waitForEvent("page"), said(page, "Разрешить").click()]);
  await button(window, "Отклонить").click();
  await until(() => calls.acts.join() === "decline,decline");
});

await scenario("voice: a blocked window becomes a call in the page, which survives a reload", async ({ page, calls }) => {
  await page.evaluate(() => { window.open = () => null; });
  calls.ring("voice");
  await said(page, "Разрешить").click();
  await card(page).getByText("Браузер не открыл окно звонка.").waitFor();
  await said(page, "Принять звонок").click();
  await float(page).getByText("Идёт разговор").waitFor();
  await flows(calls, "mic", "audio");
  await button(float(page), "Выключить микрофон").click();
  await until(() => calls.mute?.mic === true);
  await page.reload();
  await button(float(page), "Включить микрофон").click();
  await flows(calls, "mic", "audio");
  await button(float(page), "Завершить звонок").click();
  await until(() => calls.call === undefined);
  await float(page).waitFor({ state: "detached" });
});

await scenario("video: seen both ways, camera off, shrunk, restored, moved, reloaded", async ({ page, calls }) => {
  calls.ring("video");
  await card(page).getByText("приглашает вас начать видеозвонок").waitFor();
  assert.ok(await said(page, "Отклонить").isVisible());
  await said(page, "Принять").click();
  await plays(page, "frontdesk-call video:not([data-own])");
  await flows(calls, "cam", "video");
  await flows(calls, "mic", "audio");
  await button(float(page), "Выключить камеру").click();
  await until(() => calls.mute?.cam === true);
  assert.equal(await page.locator("frontdesk-call video[data-own]").count(), 0);
  await button(float(page), "Включить камеру").click();
  await page.locator("frontdesk-call video[data-own]").waitFor();
  await flows(calls, "cam", "video");
  const full = await float(page).boundingBox();
  await button(float(page), "Уменьшить").click();
  assert.ok((await float(page).boundingBox()).width < full.width * 0.7);
  await button(float(page), "Развернуть").click();
  assert.equal((await float(page).boundingBox()).width, full.width);
  await page.mouse.move(full.x + 60, full.y + 40);
  await page.mouse.down();
  await page.mouse.move(full.x + 260, full.y - 110, { steps: 4 });
  await page.mouse.up();
  const moved = await float(page).boundingBox();
  assert.ok(Math.abs(moved.x - full.x - 200) < 3 && Math.abs(moved.y - full.y + 150) < 3, JSON.stringify([full, moved]));
  await float(page).focus();
  await page.keyboard.press("ArrowRight");
  assert.ok(Math.abs((await float(page).boundingBox()).x - moved.x - 24) < 2);
  const joins = calls.joins;
  await page.reload();
  await plays(page, "frontdesk-call video:not([data-own])");
  await flows(calls, "cam", "video");
  assert.ok(calls.joins > joins);
  assert.deepEqual(calls.acts, ["answer"]);
});

await scenario("video: the first answer wins, other tabs say so and can end it", async ({ page, calls, context, site }) => {
  const other = await context.newPage();
  await other.goto(site.url);
  await openChat(other);
  calls.ring("video");
  await said(page, "Принять").waitFor();
  await said(other, "Принять").waitFor();
  await said(other, "Принять").click();
  await plays(other, "frontdesk-call video:not([data-own])");
  await card(page).getByText("Звонок идёт в другом окне.").waitFor();
  assert.equal(await float(page).count(), 0);
  await said(page, "Завершить звонок").click();
  await float(other).waitFor({ state: "detached" });
});

await scenario("video: several operators are seen and named", async ({ page, calls }) => {
  calls.second = { name: "Борис Ильин" };
  calls.ring("video");
  await said(page, "Принять").click();
  await until(async () => (await page.locator("frontdesk-call .fdc-seen video").count()) === 2);
  await float(page).getByText("Марина Беседина, Борис Ильин").waitFor();
  assert.deepEqual(await page.locator("frontdesk-call .fdc-seen span").allTextContents(), ["Марина Беседина", "Борис Ильин"]);
  for (const i of [0, 1]) await until(() => page.locator("frontdesk-call .fdc-seen video").nth(i).evaluate((v) => v.currentTime > 0.5), 60_000, "both are seen");
});

await scenario("screen: chosen, shown, ended by the browser's own bar", async ({ page, calls }) => {
  calls.ring("screen");
  await card(page).getByText("приглашает вас начать трансляцию экрана").waitFor();
  assert.ok(await said(page, "Отклонить").isVisible());
  await said(page, "Принять").click();
  await flows(calls, "screen", "video");
  assert.deepEqual(Object.keys(calls.mids), ["screen"]);
  await plays(page, "frontdesk-call video[data-own]");
  await button(float(page), "Уменьшить").click();
  await button(float(page), "Развернуть").click();
  await page.reload();
  await button(float(page), "Показать экран снова").click();
  await flows(calls, "screen", "video");
  await page.locator("frontdesk-call video[data-own]").evaluate((v) => { v.srcObject.getTracks()[0].dispatchEvent(new Event("ended")); });
  await until(() => calls.acts.at(-1) === "end" && calls.call === undefined);
});

await scenario("screen: added to a call and taken away again", async ({ page, calls }) => {
  calls.ring("video");
  await said(page, "Принять").click();
  await flows(calls, "cam", "video");
  calls.change({ share: "asked" });
  await button(float(page), "Отклонить").click();
  await until(() => calls.acts.at(-1) === "unshare");
  calls.change({ share: "asked" });
  await button(float(page), "Принять").click();
  await until(() => calls.call.share === "on");
  await flows(calls, "screen", "video");
  await button(float(page), "Остановить показ экрана").click();
  await until(() => calls.call.share === undefined && calls.mids.screen === undefined);
  await flows(calls, "cam", "video");
  assert.equal(calls.call.state, "active");
});

await scenario("screen: taken away by the staff, it is not shown when they ask again", async ({ page, calls }) => {
  await page.evaluate(() => {
    window.chosen = [];
    const { getDisplayMedia } = MediaDevices.prototype;
    MediaDevices.prototype.getDisplayMedia = async function (...args) {
      if (window.hold) await new Promise((go) => { window.choose = go; });
      const stream = await getDisplayMedia.apply(this, args);
      window.chosen.push(...stream.getTracks());
      return stream;
    };
  });
  const ended = (n) => until(() => page.evaluate((i) => window.chosen[i]?.readyState === "ended", n), 60_000, `screen ${n} is captured no more`);
  calls.ring("video");
  await said(page, "Принять").click();
  await flows(calls, "cam", "video");
  calls.change({ share: "asked" });
  await button(float(page), "Принять").click();
  await flows(calls, "screen", "video");
  calls.change({ share: undefined });
  await ended(0);
  await until(() => calls.mids.screen === undefined);
  assert.equal(await button(float(page), "Остановить показ экрана").count(), 0);
  calls.change({ share: "asked" });
  await button(float(page), "Принять").waitFor();
  assert.deepEqual([calls.mids.screen, calls.acts.join()], [undefined, "answer,share"]);
  // Withdrawn while the visitor chooses.
  await page.evaluate(() => { window.hold = true; });
  await button(float(page), "Принять").click();
  await until(() => page.evaluate(() => !!window.choose));
  calls.change({ share: undefined });
  await button(float(page), "Принять").waitFor({ state: "detached" });
  await page.evaluate(() => window.choose());
  await ended(1);
  assert.deepEqual([calls.mids.screen, calls.acts.join()], [undefined, "answer,share"]);
});

await scenario("screen: asked for where the visitor looks, in a small element and beside a window", async ({ page, calls, context }) => {
  calls.ring("video");
  await said(page, "Принять").click();
  await flows(calls, "cam", "video");
  await button(float(page), "Уменьшить").click();
  await counting(page);
  await page.evaluate(() => Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true }));
  calls.change({ share: "asked" });
  await button(float(page), "Принять").waitFor();
  await rings(page, "the page rings");
  await until(async () => (await page.title()).includes("просит показать экран"), 60_000, "the title blinks");
  await page.evaluate(() => { MediaDevices.prototype.getDisplayMedia = () => Promise.reject(new Error("no")); });
  await button(float(page), "Принять").click();
  await float(page).getByText("Экран не выбран. Марина Беседина просит").waitFor();
  await button(float(page), "Отклонить").click();
  await until(async () => !(await page.title()).includes("просит показать экран"), 60_000, "the title is as it was");
  await button(float(page), "Завершить звонок").click();
  await until(() => calls.call === undefined);

  calls.ring("voice");
  const [window] = await Promise.all([context.waitForEvent("page"), said(page, "Разрешить").click()]);
  await button(window, "Принять звонок").click();
  await flows(calls, "mic", "audio");
  await page.locator("frontdesk-launcher button").click();
  await card(page).waitFor({ state: "hidden" });
  await counting(page);
  calls.change({ share: "asked" });
  await card(page).getByText("просит показать экран").waitFor();
  await said(page, "Показать окно").waitFor();
  await rings(page, "the page rings beside the window");
  await until(async () => (await window.title()).includes("просит показать экран"));
  await button(window, "Принять").click();
  await flows(calls, "screen", "video");
  await card(page).getByText("просит показать экран").waitFor({ state: "detached" });
});

await scenario("ring: the next call rings although the window of the last one stands there with its word", async ({ page, calls, context }) => {
  calls.ring("voice");
  const [window] = await Promise.all([context.waitForEvent("page"), said(page, "Разрешить").click()]);
  await button(window, "Принять звонок").click();
  await flows(calls, "mic", "audio");
  calls.fail("Соединения нет.");
  await window.getByText("Соединения нет.").waitFor();
  for (const [kind, words] of [["video", "приглашает вас начать видеозвонок"], ["voice", "приглашает вас начать голосовой звонок"]]) {
    await counting(page);
    calls.ring(kind);
    await card(page).getByText(words).waitFor();
    await rings(page, `${kind} rings`);
    calls.over();
    await card(page).waitFor({ state: "detached" });
  }
});

await scenario("sound: what the browser blocks is turned on by a press, or by the microphone, in a voice call too", async ({ page, calls, site }) => {
  await page.addInitScript(() => {
    if (!globalThis.MediaDevices) return;
    const timer = setInterval(() => {
      if (!document.querySelector("frontdesk-call")?.shadowRoot.querySelector(".fdc-unmute")) return;
      clearInterval(timer);
      console.info("silent");
    }, 50);
    const { getUserMedia } = MediaDevices.prototype;
    MediaDevices.prototype.getUserMedia = async function (...args) {
      await new Promise((go) => { window.grant = go; });
      return getUserMedia.apply(this, args);
    };
  });
  const unmute = button(float(page), "Включить звук");
  const heard = () => until(() => page.locator("frontdesk-call audio").evaluate((a) => !a.paused), 60_000, "the operator is heard");
  // A page that nobody has touched yet: what was done on the one before counts only as long as the visitor stays on the site. That Playwright looks
  // into a page counts as a touch, so the page tells by itself.
  const untouched = async () => {
    await page.goto("about:blank");
    const silent = page.waitForEvent("console", { predicate: (m) => m.text() === "silent" });
    await page.goto(site.url);
    await silent;
  };
  await page.evaluate(() => { window.open = () => null; });
  calls.ring("voice");
  await said(page, "Разрешить").click();
  await said(page, "Принять звонок").click();
  await float(page).getByText("Идёт разговор").waitFor();
  await untouched();
  await unmute.click();
  await unmute.waitFor({ state: "detached" });
  await heard();
  await untouched();
  await page.evaluate(() => window.grant());
  await unmute.waitFor({ state: "detached" });
  await heard();
  await flows(calls, "mic", "audio");
}, { on: denying, context: { permissions: ["microphone"] } });

await scenario("unable: without screen capture the operator knows at once", async ({ page, calls }) => {
  await page.evaluate(() => { Object.defineProperty(MediaDevices.prototype, "getDisplayMedia", { value: undefined }); });
  calls.ring("screen");
  await card(page).getByText("Этот браузер не умеет показывать экран").waitFor();
  await until(() => calls.acts.join() === "unable");
  await button(card(page), "Закрыть").click();
  await card(page).waitFor({ state: "detached" });
});

await scenario("unable: without WebRTC the operator knows at once, and the chat goes on", async ({ page, mock, calls }) => {
  await page.evaluate(() => { delete window.RTCPeerConnection; });
  calls.ring("voice");
  await card(page).getByText("На этой странице браузер не поддерживает звонки. Оператор об этом знает, продолжайте писать в чат.").waitFor();
  await until(() => calls.acts.join() === "unable");
  await writes(page, mock, "а написать можно?");
});

await scenario("missing: no camera, clear words, the rest of the call goes on", async ({ page, calls }) => {
  calls.ring("video");
  await said(page, "Принять").click();
  await float(page).getByText("Камера не найдена, вас не видят.").waitFor();
  await flows(calls, "mic", "audio");
  await plays(page, "frontdesk-call video:not([data-own])");
  await until(() => calls.mute?.mic === false && calls.mute?.cam === true);
}, { on: blind });

await scenario("loaded: nothing of calls comes before the first one", async ({ page, calls }) => {
  const parts = () => page.evaluate(() => performance.getEntriesByType("resource").map((e) => e.name).filter((name) => /\/call-[^/]*\.js/.test(name)));
  assert.deepEqual(await parts(), []);
  calls.ring("video");
  await said(page, "Принять").waitFor();
  assert.ok((await parts()).length > 0);
});

await scenario("denied: no microphone and no camera, clear words, the call and the chat go on", async ({ page, mock, calls }) => {
  calls.ring("video");
  await said(page, "Принять").click();
  await float(page).getByText("Нет доступа к микрофону").waitFor();
  await float(page).getByText("Нет доступа к камере").waitFor();
  await plays(page, "frontdesk-call video:not([data-own])");
  await until(() => calls.mute?.mic === true && calls.mute?.cam === true);
  await writes(page, mock, "не слышно?");
}, { on: denying });

await scenario("lost: the gateway goes away for a moment and the relay forgets, the call heals", async ({ page, mock, calls }) => {
  calls.ring("video");
  await said(page, "Принять").click();
  await flows(calls, "cam", "video");
  const joins = calls.joins;
  mock.drop();
  await until(() => mock.sockets.size > 0);
  await flows(calls, "cam", "video");
  assert.equal(calls.joins, joins, "a broken socket alone begins nothing anew");
  await calls.forget();
  await until(() => calls.joins > joins, 60_000, "the page begins anew");
  await flows(calls, "cam", "video");
});

await scenario("csp: a call under a strict policy", async ({ page, calls }) => {
  await page.evaluate(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (e) => window.violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
  });
  calls.ring("video");
  await said(page, "Принять").click();
  await plays(page, "frontdesk-call video:not([data-own])");
  assert.deepEqual(await page.evaluate(() => window.violations), []);
}, { csp: "sockets" });

await scenario("accessible: invitation, call, screen and window, by the keyboard alone", async ({ page, calls, context }) => {
  calls.ring("voice");
  await said(page, "Разрешить").waitFor();
  await card(page).getByRole("alert").filter({ hasText: "Марина Беседина приглашает вас начать голосовой звонок." }).waitFor();
  await accessible(page, "frontdesk-chat");
  await said(page, "Запретить").focus();
  await page.keyboard.press("Tab");
  const [window] = await Promise.all([context.waitForEvent("page"), page.keyboard.press("Enter")]);
  await button(window, "Принять звонок").waitFor();
  await accessible(window);
  for (let i = 0; i < 2; i++) await window.keyboard.press("Tab");
  await window.keyboard.press("Enter");
  await window.getByRole("status").filter({ hasText: "Идёт разговор" }).waitFor();
  await window.getByRole("meter", { name: "Громкость микрофона" }).waitFor();
  await accessible(window);
  await window.keyboard.press("Tab");
  await window.keyboard.press("Enter");
  await until(() => calls.mute?.mic === true, 60_000, "muted by the keyboard");
  calls.over();
  await window.getByText("Звонок завершён").waitFor();
  await accessible(window);
  await window.close();
  calls.ring("video");
  await said(page, "Принять").focus();
  await page.keyboard.press("Enter");
  await plays(page, "frontdesk-call video:not([data-own])");
  calls.change({ share: "asked" });
  await page.getByRole("group", { name: "Окно звонка. Стрелки передвигают его." }).getByRole("alert").filter({ hasText: "просит показать экран" }).waitFor();
  await accessible(page, "frontdesk-call");
  await accessible(page, "frontdesk-chat");
  await button(float(page), "Завершить звонок").focus();
  await page.keyboard.press("Enter");
  await until(() => calls.call === undefined);
});

await scenario("phone: the chat makes room for the call", async ({ page, calls }) => {
  calls.ring("video");
  await said(page, "Принять").click();
  await plays(page, "frontdesk-call video:not([data-own])");
  await page.locator("frontdesk-chat").waitFor({ state: "hidden" });
  const box = await float(page).boundingBox();
  assert.ok(box.x >= 0 && box.x + box.width <= 390, JSON.stringify(box));
}, { folded: false, context: { viewport: { width: 390, height: 780 } } });

for (const other of [denying, blind]) {
  stage.failed += other.failed;
  await other.close();
}
await stage.end();
