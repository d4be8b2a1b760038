import { render, type ComponentType } from "preact";
import type { Client } from "../client";
import { realClock } from "../clock";
import { available, choose } from "../locale";
import { stay, type ChatOptions } from "../shared";
import type { Tab } from "../tab";
import css from "./call.css";
import { Card, inviteOf } from "./Card";
import { Controller } from "./controller";
import { realDevices } from "./devices";
import { Float } from "./Float";
import { perform, type Line } from "./line";
import { shareOf } from "./parts";
import { Popup } from "./popup";
import { Bell } from "./ring";
import { loadTexts } from "./texts";
import { openWindow } from "./voice";

/** What the chat lends to the part about calls. */
export interface CallHost {
  client: Client;
  tab: Tab;
  options: ChatOptions;
  token(): string | undefined;
  lang(): string;
  dark(): boolean;
  sound(): boolean;
  accent(): string | undefined;
  isOpen(): boolean;
  unfold(): void;
  /** Folds a chat that covers the page, as it does on phones. */
  uncover(): void;
  /** Blinks the title of a page that is not looked at; "" stops it. */
  attract(text: string): void;
  sheets: CSSStyleSheet[];
  draw(): void;
}

class FloatElement extends HTMLElement {
  readonly place = new CSSStyleSheet();
  removed = () => {};
  constructor() {
    super();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet, this.place];
    for (const type of ["keydown", "keyup", "keypress"]) this.addEventListener(type, (e) => e.stopPropagation());
  }
  disconnectedCallback(): void { this.removed(); }
}

const lineOf = (client: Client): Line => ({
  tab: client.tab,
  get call() { return client.store.state.call; },
  ready: () => client.ready(),
  request: (frame) => client.request(frame),
  send: (frame) => client.connection.send(frame),
  subscribe: (listener) => client.subscribe(listener),
  get rtc() { return client.rtc; },
  set rtc(hear) { client.rtc = hear; },
});

/** Takes up the conversation's call, now and from now on. */
export async function start(host: CallHost): Promise<ComponentType> {
  const { client, options, tab } = host;
  customElements.get("frontdesk-call") ?? customElements.define("frontdesk-call", FloatElement);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  host.sheets.push(sheet);

  let lang = choose([host.lang()], available());
  let texts = await loadTexts(lang);
  const line = lineOf(client);
  const bell = new Bell(options.siteKey);
  const controller = new Controller(line, realDevices, realClock, () => draw());
  const site = encodeURIComponent(options.siteKey);
  const popup = new Popup(options.base, `/w/v1/call?site=${site}&lang=${lang}`, `frontdesk-call-${site}`, () => {
    const token = host.token();
    const accent = host.accent();
    return token ? { frontdesk: "session", token, lang, dark: host.dark(), ...(accent ? { accent } : {}) } : undefined;
  }, () => draw(), (closed) => {
    const { call } = controller;
    // Closing the window is a way to hang up. A reload of it is not: it stays the same window.
    if (call && call.state !== "ringing" && call.tab === closed) void perform(line, call.id, "end");
  });

  let element: FloatElement | undefined;
  let rung = "";
  /** The call that the window was opened for. */
  let opened = "";
  const inWindow = () => popup.state === "open" && (controller.phase === "ringing" ? opened === controller.call?.id : popup.tab === controller.call?.tab);
  const draw = () => {
    const { phase, call } = controller;
    const ringing = phase === "ringing";
    const mine = phase === "mine";
    const asks = ringing || ((mine || phase === "elsewhere") && call?.share === "asked") ? call : undefined;
    const about = asks ? `${asks.id} ${asks.share}` : "";
    if (about && about !== rung) {
      if (ringing) popup.reset();
      if (!mine) host.unfold();
    }
    rung = about;
    bell.on((mine || host.isOpen()) && host.sound() && !(ringing && inWindow()) ? asks : undefined);
    host.attract(asks ? (ringing ? inviteOf(asks, texts) : shareOf(asks, texts)) : "");
    if (mine && !element) {
      host.uncover();
      element = document.createElement("frontdesk-call") as FloatElement;
      if (options.start) element.dataset.start = "";
      element.removed = stay(element);
      document.body.append(element);
    } else if (!mine && element) {
      element.removed = () => {};
      render(null, element.shadowRoot!);
      element.remove();
      element = undefined;
    }
    if (element) {
      render(<Float c={controller} texts={texts} base={options.base} sheet={element.place} />, element.shadowRoot!);
      element.lang = lang;
    }
    host.draw();
  };

  const look = () => {
    controller.update(tab.left);
    const wanted = choose([host.lang()], available());
    if (wanted === lang) return;
    lang = wanted;
    void loadTexts(lang).then((loaded) => { texts = loaded; draw(); });
  };
  client.subscribe(look);
  addEventListener("pagehide", () => {
    const { call, phase, off } = controller;
    if (call && phase === "mine") tab.leave({ call: call.id, ...off });
  });
  addEventListener("pageshow", () => tab.back());
  look();

  return () => (
    <Card c={controller} texts={texts} base={options.base} popup={popup.state === "open" && !inWindow() ? "none" : popup.state}
      openPopup={() => { opened = controller.call?.id ?? ""; popup.open(); }} />
  );
}


// One part for both, because the window needs nearly all of it.
if (document.documentElement.dataset.frontdesk === "voice") void openWindow();
