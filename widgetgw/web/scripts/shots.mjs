// Pictures of the widget for people to judge: npm run build && npm run shots, then look into /tmp/fd-shots.
import { mkdir } from "node:fs/promises";
import { chromium } from "playwright-core";
import { startMock, startSite } from "../test/mock-gateway.mjs";
import { atRest, until } from "./harness.mjs";

const out = process.env.SHOTS ?? "/tmp/fd-shots";
await mkdir(out, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});
const marina = { name: "Марина Беседина" };
const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();

/** A picture drawn by the browser itself, so that no binary lies in the repository. */
async function picture(page, hue) {
  return Buffer.from(await page.evaluate(async (h) => {
    const c = new OffscreenCanvas(640, 420);
    const g = c.getContext("2d");
    const fill = g.createLinearGradient(0, 0, 640, 420);
    fill.addColorStop(0, `hsl(${h} 80% 72%)`);
    fill.addColorStop(1, `hsl(${h + 50} 70% 45%)`);
    g.fillStyle = fill;
    g.fillRect(0, 0, 640, 420);
    g.fillStyle = "rgb(255 255 255 / .85)";
    for (let i = 0; i < 5; i++) g.fillRect(60, 70 + i * 62, 420 - i * 55, 30);
    const bytes = new Uint8Array(await (await c.convertToBlob()).arrayBuffer());
    return [...bytes];
  }, hue));
}

for (const device of ["desktop", "phone"]) {
  for (const theme of ["light", "dark"]) {
    const mock = await startMock();
    mock.topics = [{ id: "sales", name: "Продажи" }, { id: "delivery", name: "Доставка и возврат" }, { id: "support", name: "Техническая поддержка" }];
    const site = await startSite(mock.origin);
    const context = await browser.newContext({
      viewport: device === "phone" ? { width: 390, height: 780 } : { width: 980, height: 820 },
      colorScheme: theme, hasTouch: device === "phone", isMobile: device === "phone", deviceScaleFactor: device === "phone" ? 2 : 1.5, locale: "ru-RU",
    });
    const page = await context.newPage();
    const shot = (name) => page.screenshot({ path: `${out}/${device}-${theme}-${name}.png` });
    await page.goto(site.url);
    const launcher = page.locator("frontdesk-launcher button");
    const chat = page.locator("frontdesk-chat");
    await launcher.waitFor();
    await shot("1-launcher");
    await launcher.click();
    await chat.locator(".fd-composer textarea").waitFor();
    await atRest(page);
    await shot("2-empty");

    const field = chat.locator(".fd-composer textarea");
    await field.fill("Здравствуйте! Как я могу добавить новые учетные записи пользователей?");
    await field.press("Enter");
    await until(() => mock.conversation?.messages.length);
    const c = mock.conversation;
    c.messages[0].at = ago(26 * 60);
    const asked = c.add({ from: "system", kind: "topics", text: "Выберите, пожалуйста, тему обращения.", at: ago(26 * 60 - 1) });
    await chat.getByText("Выберите, пожалуйста, тему").waitFor();
    await atRest(page);
    await shot("2-topics");
    c.change(asked, { kind: "topic", text: "Тема: Техническая поддержка" });
    c.setState({ topics: undefined });
    c.add({ from: "system", text: "Спасибо! Специалист ответит в течение нескольких минут.", at: ago(26 * 60 - 1) });
    c.setState({ ticket: { number: 42, state: "assigned" }, operator: marina, staff_got: 2, staff_seen: 2 });
    c.add({ from: "staff", who: marina, at: ago(25 * 60), text: "Ирина, здравствуйте!" });
    c.add({
      from: "staff", who: marina, at: ago(25 * 60 - 1), text: "Для добавления новых учетных записей…",
      html: "<p>Для добавления новых учетных записей пользователей необходимо в подсистеме <b>«Администрирование»</b> перейти в модуль «Пользователи»:</p><p>https://demo.totality.ru/cp/administration/users</p>",
    });
    const say = async (text) => {
      await field.fill(text);
      await field.press("Enter");
      await until(() => c.messages.some((m) => m.text === text));
    };
    await say("Спасибо, получилось 👍");
    await say("Прикладываю скриншот и договор");
    await chat.locator("input[type=file]").setInputFiles([
      { name: "экран.png", mimeType: "image/png", buffer: await picture(page, 210) },
    ]);
    await chat.locator(".fd-send").click();
    await until(() => c.messages.at(-1).files?.length, 60_000, "the picture is sent");
    c.setState({ staff_seen: c.counter, staff_got: c.counter });
    c.change(c.messages.at(-1), { reactions: [{ key: "❤️", n: 1, me: false }, { key: "👍", n: 2, me: true }] });
    const quoted = c.messages.find((m) => m.text?.startsWith("Прикладываю"));
    const id = "f1";
    mock.media.set(id, { type: "application/pdf", bytes: Buffer.from("%PDF") });
    c.add({
      from: "staff", who: marina, text: "Направляю вам инструкцию.", reply: { id: quoted.id, text: quoted.text, from: "me" },
      files: [{ id, name: "Инструкция администратора.pdf", type: "application/pdf", size: 1843200, kind: "file", url: `/w/v1/media/${id}/i.pdf` }],
    });
    await say("Отлично, изучаю");
    c.broadcast({ t: "typing", on: true, who: marina });
    await chat.locator(".fd-typing").waitFor();
    await atRest(page);
    await shot("3-conversation");
    await chat.locator(".fd-log").evaluate((b) => { b.scrollTop = 0; });
    await chat.locator(".fd-jump").waitFor();
    await atRest(page);
    await shot("4-scrolled-up");
    await chat.locator(".fd-jump").click();
    await chat.locator(".fd-jump").waitFor({ state: "hidden" });
    await chat.locator(".fd-act").nth(-2).click({ force: true });
    await chat.locator(".fd-menu").waitFor();
    await atRest(page);
    await shot("5-menu");
    await page.keyboard.press("Escape");

    mock.uploadDelay = 60_000;
    await chat.locator("input[type=file]").setInputFiles([
      { name: "фото.png", mimeType: "image/png", buffer: await picture(page, 20) },
      { name: "Договор поставки оборудования.docx", mimeType: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", buffer: Buffer.alloc(480_000) },
      { name: "пустой.txt", mimeType: "text/plain", buffer: Buffer.alloc(0) },
    ]);
    await atRest(page);
    await shot("6-attachments");
    await field.fill("Вот ещё два файла, посмотрите, пожалуйста, когда будет время: это прошлогодние документы.");
    await atRest(page);
    await shot("6-long-text");
    for (let i = 0; i < 2; i++) await chat.locator(".fd-thumb").first().click();
    await field.fill("");
    mock.uploadDelay = 0;

    await chat.locator(".fd-smile").click();
    await chat.locator(".fd-grid button").first().waitFor();
    await atRest(page);
    await shot("7-emoji");
    await page.keyboard.press("Escape");

    c.add({ from: "system", kind: "closed", text: "Конец диалога" });
    c.setState({ operator: undefined, ticket: { number: 42, state: "closed" }, rate: { ticket: "ticket-1" } });
    const form = chat.locator(".fd-rate");
    await form.waitFor();
    await atRest(page);
    await shot("9-rate");
    await form.locator("label").nth(3).click();
    await form.locator("textarea").fill("Быстро и по делу, спасибо!");
    await atRest(page);
    await shot("9-rate-chosen");
    await form.locator("button").click();
    await atRest(page);
    await shot("9-rated");

    mock.refuseAll = true;
    mock.drop();
    await context.setOffline(true);
    await field.fill("Это сообщение не потеряется");
    await field.press("Enter");
    await chat.getByText("Это сообщение не потеряется").waitFor();
    await atRest(page);
    await shot("8-offline");
    await context.close();
    await mock.stop();
    await site.stop();
  }
}
await browser.close();
