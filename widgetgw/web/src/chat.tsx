import { render, type ComponentType } from "preact";
import { play, TitleBlink } from "./attention";
import { createClient, usable } from "./browser";
import { Draft } from "./draft";
import { formats } from "./format";
import { available, choose, fill, load, type Texts } from "./locale";
import { looking, watchMoments } from "./moments";
import { followViewport } from "./phone";
import type { Site } from "./protocol";
import { Settings } from "./settings";
import { callKey, stay, tokenKey, type Chat, type ChatEvents, type ChatModule, type ChatOptions } from "./shared";
import { Tab } from "./tab";
import { App } from "./ui/App";
import type { Desk } from "./ui/context";
import composerCss from "./ui/composer.css";
import messagesCss from "./ui/messages.css";
import panelCss from "./ui/panel.css";

const PAGE_CHECK = 2_000;
const CALL_AGAIN = 3_000;

class ChatElement extends HTMLElement {
  readonly sheets = [panelCss + messagesCss + composerCss, "", ""].map((css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    return sheet;
  });
  removed = () => {};

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = this.sheets;
    // The page's own shortcuts must not fire while somebody types here.
    for (const type of ["keydown", "keyup", "keypress"]) this.addEventListener(type, (e) => e.stopPropagation());
  }

  disconnectedCallback(): void { this.removed(); }
}

/** White or near-black on the site's colour, as the launcher decides it. */
const ACCENT = /^#[\da-f]{6}$/i;
function accentCss(hex: string | undefined): string {
  if (!hex || !ACCENT.test(hex)) return "";
  const [r, g, b] = [1, 3, 5].map((i) => (parseInt(hex.slice(i, i + 2), 16) / 255) ** 2.2) as [number, number, number];
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  // Links and focus rings take a colour only if it is dark enough to be read on white (4.5 : 1).
  return `:host{--fd-accent:${hex};--fd-on:${light > 0.2 ? "#10131c" : "#fff"};${light < 0.18 ? `--fd-link:${hex}` : ""}}`;
}

async function start(options: ChatOptions, events: ChatEvents): Promise<Chat> {
  customElements.get("frontdesk-chat") ?? customElements.define("frontdesk-chat", ChatElement);
  const element = document.createElement("frontdesk-chat") as ChatElement;
  element.hidden = true;
  if (options.start) element.dataset.start = "";
  const [, viewportSheet, accentSheet] = element.sheets as [CSSStyleSheet, CSSStyleSheet, CSSStyleSheet];
  accentSheet.replaceSync(accentCss(options.accent));
  element.removed = stay(element);

  const local = usable(() => localStorage);
  const perTab = usable(() => sessionStorage);
  const wanted = [options.lang, document.documentElement.lang, ...navigator.languages];
  let lang = choose(wanted, available());
  let texts!: Texts;
  let dates!: Desk["formats"];
  const speak = async (to: string) => {
    texts = await load(to);
    lang = to;
    dates = formats(to, texts);
  };
  await speak(lang);

  let drawn = false;
  let open = false;
  let focus = 0;
  let modal = false;
  let site: Site | undefined;
  const blink = new TitleBlink();
  const tab = new Tab(perTab, callKey(options.siteKey));
  let Call: ComponentType | undefined;
  let calling = false;
  let attracting = false;
  const settings: Settings = new Settings(local, tokenKey(options.siteKey), () => draw());
  const client = await createClient(options, local, tab.id, () => lang, (message) => {
    events.emit("message", { id: message.id, text: message.text ?? "", from: message.who?.name ?? "" });
    if (open && looking()) return;
    if (settings.sound) play(options.siteKey);
    if (document.visibilityState === "hidden") blink.show(`(${client.store.unread}) ${fill(texts.unread, { n: client.store.unread })}`);
  });
  const draft = new Draft(client, local, perTab, `${tokenKey(options.siteKey)}:draft`);

  const draw = () => {
    if (!drawn) return;
    const desk: Desk = { client, draft, texts, lang, formats: dates, base: options.base, fold: () => chat.close(), Call };
    const switches = {
      dark: settings.dark, sound: settings.sound,
      toggleTheme: () => settings.toggleTheme(), toggleSound: () => settings.toggleSound(),
    };
    render(<App desk={desk} open={open} focus={focus} modal={modal} switches={switches} />, element.shadowRoot!);
  };

  const look = () => {
    client.watch(open, looking());
    if (looking()) blink.clear();
  };

  const chat: Chat = {
    open(wish) {
      open = true;
      if (wish) focus++;
      element.hidden = false;
      // A visitor who only has the chat loaded for its badge is connected already.
      client.connection.start();
      draw();
      look();
      events.shown(true);
    },
    close() {
      if (!open) return;
      open = false;
      draft.save();
      events.shown(false);
      element.hidden = true;
      draw();
      look();
    },
  };

  /** Calls are rare: their part is loaded with the first one. */
  const takeCalls = async () => {
    calling = true;
    try {
      const { start } = await import("./call/call");
      const sheets = element.sheets.slice();
      Call = await start({
        client, tab, options, sheets,
        token: () => client.token, lang: () => lang, dark: () => settings.dark, sound: () => settings.sound,
        accent: () => options.accent, isOpen: () => open, unfold: () => { if (!open) chat.open(false); },
        uncover: () => { if (modal) chat.close(); }, draw,
        attract(text) {
          if (text && document.visibilityState === "hidden") blink.show(text);
          else if (attracting) blink.clear();
          attracting = text !== "";
        },
      });
      element.shadowRoot!.adoptedStyleSheets = sheets;
      draw();
    } catch {
      setTimeout(() => { calling = false; }, CALL_AGAIN);
    }
  };

  client.subscribe(() => {
    if (client.store.state.call && !calling) void takeCalls();
    events.unread(client.store.unread);
    if (client.site === site || !client.site) return;
    site = client.site;
    const theme = typeof site.theme === "object" ? site.theme : { mode: site.theme };
    settings.setSite(options.theme ?? theme.mode);
    if (!options.accent) accentSheet.replaceSync(accentCss((theme as { accent?: string }).accent));
    // The site may not speak the visitor's language; the server has chosen one that it does.
    const agreed = choose([site.lang, lang], available());
    if (agreed !== lang) void speak(agreed).then(draw);
  });

  watchMoments({
    check: (suspicious) => client.connection.check(suspicious),
    looked: look,
    frozen: (on) => (on ? client.connection.stop() : client.connection.start()),
    leaving: () => draft.save(),
  });
  setInterval(() => client.pageMoved(), PAGE_CHECK);

  await client.outbox.refresh();
  await draft.restore();
  drawn = true;
  draw();
  document.body.append(element);
  followViewport(viewportSheet, (phone) => { modal = phone; draw(); });
  client.connection.start();
  return chat;
}

let mounted: Promise<Chat> | undefined;

/** Once per page, whatever the page does to its script tags. */
export const mount: ChatModule["mount"] = (options, events) => {
  let chat: Chat | undefined;
  let wish: boolean | undefined;
  let focus = false;
  mounted ??= start(options, events);
  void mounted.then((ready) => {
    chat = ready;
    if (wish) ready.open(focus);
  });
  return {
    open(to) { if (chat) chat.open(to); else { wish = true; focus = to; } },
    close() { if (chat) chat.close(); else wish = false; },
  };
};
