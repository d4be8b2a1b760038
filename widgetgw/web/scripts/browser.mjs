// Drives the built widget in a real Chromium against the mock gateway: strict CSP with Trusted Types, keyboard
// only, crash and reload, lost connections, two tabs, long polling.
import assert from "node:assert/strict";
import { field, launch, openChat, stageOf, until } from "./harness.mjs";

const stage = stageOf(await launch());
const { scenario } = stage;
const ticks = (page, status) => page.locator(`frontdesk-chat .fd-ticks[data-status=${status}]`);
const texts = (page) => page.locator("frontdesk-chat .fd-text").allTextContents();

await scenario("csp: everything under a strict policy with Trusted Types", async ({ page, mock }) => {
  await page.evaluate(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (e) => window.violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
  });
  await openChat(page);
  await field(page).fill("Привет https://example.org/a?b=1");
  await page.keyboard.press("Enter");
  await until(() => mock.conversation?.messages.length === 1);
  mock.conversation.add({ from: "staff", who: { name: "Марина" }, text: "x", html: "<p><b>Да</b> <img src=x onerror=alert(1)><script>alert(2)</script><a href='javascript:alert(3)'>нет</a></p>" });
  await page.locator("frontdesk-chat [data-from=staff] .fd-rich b").waitFor();
  await page.locator("frontdesk-chat .fd-attach input").setInputFiles({ name: "a.png", mimeType: "image/png", buffer: Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64") });
  await page.locator("frontdesk-chat .fd-thumb img").waitFor();
  await page.locator("frontdesk-chat .fd-send").click();
  await until(() => mock.conversation.messages.length === 3);
  await page.locator("frontdesk-chat .fd-photo img").waitFor();
  await page.locator("frontdesk-chat .fd-smile").click();
  await page.locator("frontdesk-chat .fd-grid button").first().click();
  await page.locator("frontdesk-chat .fd-theme").click();
  await until(() => mock.sockets.size === 1, 5000, "a socket, not polling");
  assert.deepEqual(await page.evaluate(() => window.violations), []);
}, { csp: "sockets" });

await scenario("csp without sockets: long polling at once", async ({ page, mock, problems }) => {
  await openChat(page);
  await field(page).fill("Привет");
  await page.keyboard.press("Enter");
  await until(() => mock.conversation?.messages.length === 1, 3000, "the message by polling");
  problems.length = 0;
}, { csp: true });

await scenario("quiet: no storage and no requests before the click", async ({ page, mock, context }) => {
  await page.waitForLoadState("networkidle");
  const kept = await page.evaluate(async () => [localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length, performance.getEntriesByType("resource").map((r) => new URL(r.name).pathname).filter((p) => p !== "/favicon.ico")]);
  assert.deepEqual(kept, [0, 0, "", 0, ["/widget.js"]]);
  assert.equal(mock.log.length, 0);
  assert.equal((await context.cookies()).length, 0);
});

await scenario("keyboard: everything without a mouse", async ({ page, mock }) => {
  const focused = () => page.evaluate(() => {
    let el = document.activeElement;
    while (el?.shadowRoot?.activeElement) el = el.shadowRoot.activeElement;
    return `${el.tagName.toLowerCase()}.${el.className}`;
  });
  for (let i = 0; i < 6 && !(await focused()).startsWith("button"); i++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await until(async () => (await focused()).startsWith("textarea"), 5000, "focus in the field");
  await page.keyboard.type("раз");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("два");
  await page.keyboard.press("Enter");
  await until(() => mock.conversation?.messages[0]?.text === "раз\nдва");
  await ticks(page, "stored").waitFor();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("End");
  await page.keyboard.type("!");
  await page.keyboard.press("Enter");
  await until(() => mock.conversation.messages[0].text === "раз\nдва!");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  assert.match(await focused(), /fd-act/);
  await page.keyboard.press("Enter");
  await page.locator("frontdesk-chat .fd-menu").waitFor();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await until(() => mock.conversation.messages[0].reactions?.[0]?.key === "❤️");
  await page.locator("frontdesk-chat .fd-smile").focus();
  await page.keyboard.press("Enter");
  await page.locator("frontdesk-chat .fd-grid button").first().waitFor();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await until(async () => (await field(page).inputValue()).length > 0);
  await page.keyboard.press("Enter");
  await until(() => mock.conversation.messages.length === 2);
  await page.keyboard.press("Escape");
  await until(async () => page.locator("frontdesk-chat").isHidden());
  assert.match(await focused(), /button/);
});

await scenario("offline: typed while away, reloaded, sent once and in order", async ({ page, mock }) => {
  await openChat(page);
  await field(page).fill("первое");
  await page.keyboard.press("Enter");
  await until(() => mock.conversation?.messages.length === 1);
  mock.refuseAll = true;
  mock.drop();
  for (const t of ["второе", "третье", "четвёртое"]) {
    await field(page).fill(t);
    await page.keyboard.press("Enter");
  }
  await until(async () => (await texts(page)).length === 4);
  await ticks(page, "pending").first().waitFor();
  mock.refuseAll = false;
  await page.reload();
  await until(() => mock.conversation.messages.length === 4);
  assert.deepEqual(mock.conversation.messages.map((m) => m.text), ["первое", "второе", "третье", "четвёртое"]);
  await until(async () => (await texts(page)).length === 4);
});

await scenario("one-way loss: healed within 15 s without a message lost", async ({ page, mock }) => {
  await openChat(page);
  await field(page).fill("здравствуйте");
  await page.keyboard.press("Enter");
  await until(() => mock.conversation?.messages.length === 1);
  await ticks(page, "stored").waitFor();
  const before = [...mock.sockets][0];
  mock.deaf = true;
  const started = Date.now();
  mock.conversation.add({ from: "staff", who: { name: "Марина" }, text: "ответ в пустоту" });
  await until(() => [...mock.sockets].some((s) => s !== before), 16_000, "a new socket");
  const noticed = Date.now() - started;
  mock.deaf = false;
  assert.ok(noticed < 15_000, `noticed after ${noticed} ms`);
  mock.drop();
  await until(async () => (await texts(page)).includes("ответ в пустоту"), 5000, "the lost answer");
});

await scenario("tabs: two tabs, one session, nothing twice", async ({ page, mock, context, site }) => {
  const other = await context.newPage();
  await other.goto(site.url);
  await openChat(page);
  await openChat(other);
  await Promise.all([page, other].map(async (p, i) => {
    for (let n = 0; n < 5; n++) {
      await field(p).fill(`вкладка ${i} сообщение ${n}`);
      await field(p).press("Enter");
    }
  }));
  await until(() => mock.conversation?.messages.length === 10);
  for (const p of [page, other]) await until(async () => (await texts(p)).length >= 10 && (await ticks(p, "pending").count()) === 0);
  assert.equal(mock.sessions.size, 1);
  assert.equal(mock.conversation.messages.length, 10);
  for (const i of [0, 1]) {
    const mine = mock.conversation.messages.map((m) => m.text).filter((t) => t.startsWith(`вкладка ${i}`));
    assert.deepEqual(mine, [0, 1, 2, 3, 4].map((n) => `вкладка ${i} сообщение ${n}`));
  }
  for (const p of [page, other]) await until(async () => (await texts(p)).length === 10, 5000, "both tabs show all");
});

await scenario("polling: where sockets do not pass", async ({ page, mock }) => {
  mock.refuseSockets = true;
  await openChat(page);
  await field(page).fill("через опрос");
  await page.keyboard.press("Enter");
  await until(() => mock.conversation?.messages.length === 1);
  mock.conversation.add({ from: "staff", who: { name: "Марина" }, text: "слышу" });
  await until(async () => (await texts(page)).includes("слышу"));
  await field(page).fill("и я");
  await page.keyboard.press("Enter");
  await until(() => mock.conversation.messages.length === 3, 3000);
});

await scenario("files: attached, reloaded, taken away, sent as one message, resumed after a break", async ({ page, mock }) => {
  await openChat(page);
  const input = page.locator("frontdesk-chat .fd-attach input");
  const thumbs = page.locator("frontdesk-chat .fd-thumb");
  const text = (name) => ({ name, mimeType: "text/plain", buffer: Buffer.from(name) });
  await input.setInputFiles([text("a.txt"), text("b.txt"), text("c.txt")]);
  await field(page).fill("три файла");
  await until(async () => (await thumbs.count()) === 3);
  await until(() => page.evaluate(() => Object.values(localStorage).includes("три файла") && Object.values(sessionStorage).some((v) => v.includes("c.txt"))));
  await page.reload();
  await until(async () => (await thumbs.count()) === 3, 5000, "the draft after a reload");
  assert.equal(await field(page).inputValue(), "три файла");
  await thumbs.nth(1).click();
  await field(page).press("Enter");
  await until(() => mock.conversation?.messages.length === 1);
  assert.deepEqual(mock.conversation.messages[0].files.map((f) => f.name), ["a.txt", "c.txt"]);
  assert.equal(mock.conversation.messages[0].text, "три файла");
  mock.refuseAll = true;
  mock.drop();
  await input.setInputFiles([text("d.txt")]);
  await field(page).press("Enter");
  await field(page).fill("после файла");
  await field(page).press("Enter");
  await until(async () => (await ticks(page, "pending").count()) === 2);
  await page.reload().catch(() => {});
  mock.refuseAll = false;
  await page.reload();
  await until(() => mock.conversation.messages.length === 3);
  assert.deepEqual(mock.conversation.messages.slice(1).map((m) => m.files?.[0].name ?? m.text), ["d.txt", "после файла"]);
});

await scenario("forgotten: bad token starts anew and keeps the outbox", async ({ page, mock }) => {
  await openChat(page);
  await field(page).fill("старое");
  await page.keyboard.press("Enter");
  await until(() => mock.conversation?.messages.length === 1);
  mock.refuseAll = true;
  mock.drop();
  await field(page).fill("новое");
  await page.keyboard.press("Enter");
  await ticks(page, "pending").waitFor();
  mock.sessions.clear();
  mock.refuseAll = false;
  await until(() => mock.conversation?.messages[0]?.text === "новое");
  await until(async () => JSON.stringify(await texts(page)) === '["новое"]');
});

await scenario("phone: covers the screen and keeps the focus", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 780 });
  await openChat(page);
  const box = await page.locator("frontdesk-chat").boundingBox();
  assert.deepEqual(box, { x: 0, y: 0, width: 390, height: 780 });
  for (let i = 0; i < 12; i++) await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "FRONTDESK-CHAT");
});

await scenario("history: older messages come on scrolling, the place stays", async ({ page, mock }) => {
  await openChat(page);
  await field(page).fill("начало");
  await page.keyboard.press("Enter");
  await until(() => mock.conversation?.messages.length === 1);
  for (let i = 0; i < 120; i++) mock.conversation.add({ from: i % 3 ? "me" : "staff", text: `сообщение номер ${i}` });
  await until(() => mock.conversation.state.my_seen === 121);
  await page.reload();
  await until(async () => (await texts(page)).length === 50);
  const log = page.locator("frontdesk-chat .fd-log");
  await until(() => log.evaluate((b) => b.scrollTop > 0 && b.scrollHeight - b.scrollTop - b.clientHeight < 4), 3000, "starts at the bottom");
  await log.evaluate((b) => { b.scrollTop = 100; });
  const top = () => log.evaluate((b) => {
    const el = [...b.querySelectorAll(".fd-message")].find((m) => m.textContent.includes("номер 72"));
    return Math.round(el.getBoundingClientRect().top);
  });
  const before = await top();
  await until(async () => (await texts(page)).length >= 100);
  assert.ok(Math.abs((await top()) - before) <= 2, `moved from ${before} to ${await top()}`);
});

const TOPICS = [{ id: "sales", name: "Продажи" }, { id: "delivery", name: "Доставка и возврат" }];
const topic = (page, name) => page.locator("frontdesk-chat .fd-topics button", { hasText: name });

await scenario("topics: offered at once, chosen by the keyboard, gone in every tab", async ({ page, mock, context, site }) => {
  mock.topics = TOPICS;
  await openChat(page);
  await topic(page, "Продажи").focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await until(() => mock.conversation?.state.ticket);
  assert.deepEqual(mock.log.filter((f) => f.t === "choose").map((f) => f.topic), ["delivery"]);
  await until(async () => (await page.locator("frontdesk-chat .fd-topics").count()) === 0);
  assert.equal(await page.evaluate(() => document.querySelector("frontdesk-chat").shadowRoot.activeElement.tagName), "TEXTAREA");
  await page.reload();
  await field(page).waitFor();
  await page.locator("frontdesk-chat .fd-system").waitFor();
  assert.equal(await page.locator("frontdesk-chat .fd-topics").count(), 0);
  const other = await context.newPage();
  await other.goto(site.url);
  await other.locator("frontdesk-launcher button").click();
  await other.locator("frontdesk-chat .fd-system").waitFor();
  assert.equal(await other.locator("frontdesk-chat .fd-topics").count(), 0);
});

await scenario("topics: still offered after the words; a late choice is told", async ({ page, mock }) => {
  mock.topics = TOPICS;
  await openChat(page);
  await field(page).fill("Здравствуйте");
  await page.keyboard.press("Enter");
  await until(() => mock.conversation?.messages.length === 1);
  mock.conversation.add({ from: "system", kind: "topics", text: "Выберите, пожалуйста, тему обращения." });
  mock.refuse = (f) => (f.t === "choose" ? { code: "conflict", text: "Ваше обращение уже передано" } : undefined);
  await topic(page, "Продажи").click();
  await page.locator("frontdesk-chat .fd-strip", { hasText: "уже передано" }).waitFor();
  assert.equal(await topic(page, "Продажи").getAttribute("aria-pressed"), "false");
});

await scenario("rating: by the keyboard, kept over a reload, changed in a second tab", async ({ page, mock, context, site }) => {
  await openChat(page);
  await field(page).fill("Спасибо!");
  await page.keyboard.press("Enter");
  await until(() => mock.conversation?.messages.length === 1);
  const c = mock.conversation;
  c.add({ from: "system", kind: "closed", text: "Конец диалога" });
  c.setState({ ticket: { number: 42, state: "closed" }, rate: { ticket: "ticket-1" } });
  const form = page.locator("frontdesk-chat .fd-rate");
  await form.waitFor();
  assert.equal(await page.locator("frontdesk-chat .fd-system").count(), 0);
  await form.locator("button").click({ force: true });
  assert.equal(mock.log.filter((f) => f.t === "rate").length, 0);
  await form.locator("input").first().focus();
  for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Tab");
  await page.keyboard.type("Быстро и по делу");
  await page.reload();
  await form.waitFor();
  assert.equal(await form.locator("textarea").inputValue(), "Быстро и по делу");
  await form.locator("textarea").focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await until(() => c.state.rate.stars === 5 && c.state.rate.comment === "Быстро и по делу");
  await form.locator("[role=status]", { hasText: "Спасибо" }).waitFor();
  const other = await context.newPage();
  await other.goto(site.url);
  await other.locator("frontdesk-launcher button").click();
  const second = other.locator("frontdesk-chat .fd-rate");
  await second.locator("input[value='5']:checked").waitFor();
  await second.locator("label").nth(2).click();
  await second.locator("button").click();
  await form.locator("input[value='3']:checked").waitFor();
  c.setState({ rate: undefined, ticket: { number: 43, state: "waiting" } });
  await until(async () => (await form.count()) === 0);
  await until(async () => (await page.locator("frontdesk-chat .fd-system").count()) === 1);
});

await stage.end();
