// Pictures of every screen of a call for people to judge: npm run build && npm run call-shots, then look into /tmp/fd-call-shots.
import { mkdir } from "node:fs/promises";
import { withCalls } from "../test/mock-calls.mjs";
import { startMock, startSite } from "../test/mock-gateway.mjs";
import { field, launch, openChat, until } from "./harness.mjs";

const out = process.env.SHOTS ?? "/tmp/fd-call-shots";
await mkdir(out, { recursive: true });
const browser = await launch(
  "--use-fake-device-for-media-stream", "--disable-features=WebRtcHideLocalIpsWithMdns", "--autoplay-policy=no-user-gesture-required", "--use-fake-ui-for-media-stream",
);
const WORDS = {
  ru: { hello: "Здравствуйте! Не приходит письмо с паролем.", answer: "Здравствуйте! Давайте посмотрим вместе.", yes: "Принять", allow: "Разрешить", call: "Принять звонок", small: "Уменьшить", end: "Завершить звонок", who: "Марина Беседина" },
  en: { hello: "Hello! The mail with the password does not come.", answer: "Hello! Let us look at it together.", yes: "Accept", allow: "Allow", call: "Accept call", small: "Shrink", end: "End call", who: "Mary Speaker" },
};

for (const [lang, theme, device] of [["ru", "light", "desktop"], ["en", "dark", "desktop"], ["ru", "dark", "phone"]]) {
  const w = WORDS[lang];
  const mock = await startMock({ site: { lang } });
  const site = await startSite(mock.origin, { attributes: `data-lang="${lang}"` });
  mock.siteOrigins = new URL(site.url).origin;
  const phone = device === "phone";
  const context = await browser.newContext({
    viewport: phone ? { width: 390, height: 780 } : { width: 1100, height: 820 }, colorScheme: theme, hasTouch: phone, isMobile: phone, deviceScaleFactor: 1.5, locale: lang,
  });
  const operator = await (await browser.newContext()).newPage();
  const calls = await withCalls(mock, operator, { who: { name: w.who } });
  const page = await context.newPage();
  const shot = (name, of = page) => of.screenshot({ path: `${out}/${device}-${lang}-${theme}-${name}.png` });
  await page.goto(site.url);
  await openChat(page);
  await field(page).fill(w.hello);
  await page.keyboard.press("Enter");
  await until(() => mock.conversation?.messages.length === 1);
  mock.conversation.setState({ ticket: { number: 42, state: "assigned" }, operator: { name: w.who }, staff_seen: 1, staff_got: 1 });
  mock.conversation.add({ from: "staff", who: { name: w.who }, text: w.answer });
  const card = page.locator("frontdesk-chat .fdc-card");
  const press = (root, name) => root.getByRole("button", { name, exact: true }).click();
  const still = (of) => until(() => of.evaluate(() => [document, ...[...document.querySelectorAll("*")].flatMap((e) => e.shadowRoot ?? [])]
    .flatMap((root) => root.getAnimations()).every((a) => a.playState !== "running" || a.effect.getTiming().iterations === Infinity)));
  const plays = (of, selector) => until(() => of.locator(selector).first().evaluate((v) => v.currentTime > 1), 20_000, selector);

  for (const kind of ["voice", "video", "screen"]) {
    calls.ring(kind);
    await card.locator(".fdc-yes").waitFor();
    await still(page);
    await shot(`1-invite-${kind}`);
    calls.over();
    await card.waitFor({ state: "detached" });
  }
  calls.ring("voice");
  const [window] = await Promise.all([context.waitForEvent("page"), press(card, w.allow)]);
  if (!phone) await window.setViewportSize({ width: 400, height: 600 });
  await window.getByRole("button", { name: w.call }).waitFor();
  await still(window);
  await shot("2-voice-window", window);
  await shot("2-voice-chat");
  await press(window, w.call);
  await plays(window, "audio");
  await until(() => window.locator(".fdc-level").evaluate((l) => Number(l.dataset.level) > 1));
  await shot("3-voice-talking", window);
  await shot("3-voice-talking-chat");
  await window.locator(".fdc-round").first().click();
  await shot("3-voice-muted", window);
  calls.change({ share: "asked" });
  await window.locator(".fdc-note").waitFor();
  await shot("3-voice-share-asked", window);
  await shot("3-voice-share-asked-chat");
  await window.locator(".fdc-note button").last().click();
  await window.locator("video[data-own]").waitFor();
  await plays(window, "video[data-own]");
  await shot("3-voice-sharing", window);
  await press(window, w.end);
  await window.locator(".fdc-middle").waitFor();
  await shot("4-voice-ended", window);
  await window.close();

  await page.evaluate(() => { window.open = () => null; });
  calls.ring("voice");
  await press(card, w.allow);
  await shot("5-blocked");
  await press(card, w.call);
  await plays(page, "frontdesk-call audio");
  await page.locator("frontdesk-launcher button").click({ force: true }).catch(() => {});
  await shot("5-voice-in-page");
  calls.over();
  await page.locator("frontdesk-call").waitFor({ state: "detached" });

  calls.ring("video");
  await press(card, w.yes);
  await plays(page, "frontdesk-call video:not([data-own])");
  await plays(page, "frontdesk-call video[data-own]");
  await still(page);
  if (phone) await page.locator("frontdesk-launcher button").waitFor();
  await shot("6-video");
  await press(page.locator("frontdesk-call"), w.small);
  await shot("6-video-small");
  calls.over();
  await page.locator("frontdesk-call").waitFor({ state: "detached" });

  calls.ring("screen");
  await press(card, w.yes);
  await plays(page, "frontdesk-call video[data-own]");
  await still(page);
  await shot("7-screen");
  await press(page.locator("frontdesk-call"), w.small);
  await shot("7-screen-small");
  calls.over();
  await page.locator("frontdesk-call").waitFor({ state: "detached" });

  calls.second = { name: lang === "ru" ? "Борис Ильин" : "Boris Quiet" };
  calls.ring("video");
  await press(card, w.yes);
  await until(async () => (await page.locator("frontdesk-call .fdc-seen video").count()) === 2);
  await plays(page, "frontdesk-call .fdc-seen:nth-of-type(2) video");
  await shot("8-several");
  await context.close();
  await operator.context().close();
  await mock.stop();
  await site.stop();
}
await browser.close();
