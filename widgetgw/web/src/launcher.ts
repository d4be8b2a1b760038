import css from "./launcher.css";
import { openKey, stay, tokenKey, type Chat, type ChatModule, type ChatOptions } from "./shared";

/** Put in by the build: the chat's file name with its hash, and [open, close] of every language. */
declare const CHAT_FILE: string;
declare const LABELS: Record<string, [string, string, string]>;

type Callback = (detail?: unknown) => void;
type Call = [name: "open" | "close" | "toggle" | "on" | "off", ...args: unknown[]];

const script = document.currentScript as HTMLScriptElement | null;
const data = script?.dataset ?? {};
const siteKey = data.site;
const early = (window as { Frontdesk?: unknown }).Frontdesk as { q?: Call[]; loaded?: boolean } | Call[] | undefined;

function start(siteKey: string, script: HTMLScriptElement): void {
  const listeners = new Map<string, Set<Callback>>();
  const emit = (event: string, detail?: unknown) => {
    for (const callback of [...(listeners.get(event) ?? [])]) {
      try {
        callback(detail);
      } catch (e) {
        // The page's mistake must be reported as the page's, and not break the chat.
        setTimeout(() => { throw e; });
      }
    }
  };

  const base = new URL(script.src).origin;
  const page = document.documentElement.lang;
  const label = [data.lang, page, ...navigator.languages].map((l) => LABELS[(l ?? "").slice(0, 2).toLowerCase()])
    .find(Boolean) ?? LABELS.en!;
  const options: ChatOptions = { siteKey, base, start: data.side === "start" };
  if (data.lang) options.lang = data.lang;
  if (data.theme) options.theme = data.theme;
  const accent = /^#[\da-f]{6}$/i.test(data.color ?? "") ? data.color : undefined;
  if (accent) options.accent = accent;

  const svg = (path: string): SVGElement => {
    const ns = "http://www.w3.org/2000/svg";
    const icon = document.createElementNS(ns, "svg");
    icon.setAttribute("viewBox", "0 0 24 24");
    icon.setAttribute("aria-hidden", "true");
    icon.append(document.createElementNS(ns, "path"));
    icon.firstElementChild!.setAttribute("d", path);
    return icon;
  };

  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("part", "button");
  const badge = document.createElement("b");
  badge.hidden = true;
  badge.setAttribute("part", "badge");
  badge.setAttribute("aria-hidden", "true");
  button.append(svg("M20 11.5a7.5 7.5 0 0 1-7.5 7.5c-1.3 0-2.5-.3-3.6-.9L4 19.5l1.4-4.6A7.5 7.5 0 1 1 20 11.5Z"), svg("m6 9.5 6 6 6-6"), badge);

  let unread = 0;
  let shown = false;
  const relabel = () => {
    button.setAttribute("aria-label", label[shown ? 1 : 0] + (unread && !shown ? `. ${label[2].replace("{n}", String(unread))}` : ""));
    button.setAttribute("aria-expanded", String(shown));
    badge.hidden = shown || !unread;
    badge.textContent = unread > 99 ? "99+" : String(unread);
  };
  relabel();

  let moved = () => {};
  class Launcher extends HTMLElement {
    constructor() {
      super();
      const root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css + (accent ? `:host{--fd-accent:${accent};--fd-on:${ink(accent)}}` : ""));
      root.adoptedStyleSheets = [sheet];
      root.append(button);
    }
    disconnectedCallback(): void { moved(); }
  }
  customElements.define("frontdesk-launcher", Launcher);
  const element = new Launcher();
  if (options.start) element.dataset.start = "";
  moved = stay(element);

  let tries = 0;
  let module: Promise<ChatModule> | undefined;
  const preload = (): Promise<ChatModule> => {
    // A module that failed to load stays failed under its address; a query makes it another one.
    module ??= (import(`${base}/assets/${CHAT_FILE}${tries ? `?${tries}` : ""}`) as Promise<ChatModule>).catch((e: unknown) => {
      module = undefined;
      tries++;
      throw e;
    });
    return module;
  };

  /** Per tab and only after the visitor opened the panel himself. */
  const remember = (open: boolean) => {
    try {
      if (open) sessionStorage.setItem(openKey(siteKey), "1");
      else sessionStorage.removeItem(openKey(siteKey));
    } catch { /* blocked: the panel starts folded on the next page */ }
  };

  let chat: Promise<Chat> | undefined;
  const summon = (): Promise<Chat> => {
    if (chat) return chat;
    button.setAttribute("aria-busy", "true");
    chat = preload().then((loaded) => loaded.mount(options, {
      shown(open) {
        shown = open;
        remember(open);
        relabel();
        if (!open && document.activeElement === document.querySelector("frontdesk-chat")) button.focus();
        emit(open ? "open" : "close");
      },
      unread(n) {
        if (n === unread) return;
        unread = n;
        relabel();
        emit("unread", n);
      },
      emit,
    }));
    chat.catch((e: unknown) => {
      chat = undefined;
      emit("error", e);
    }).finally(() => button.removeAttribute("aria-busy"));
    return chat;
  };

  const open = (focus = true) => void summon().then((c) => c.open(focus), () => {});
  const close = () => void chat?.then((c) => c.close(), () => {});
  const toggle = () => (shown ? close() : open());

  const api = {
    loaded: true,
    open: () => open(),
    close,
    toggle,
    on(event: string, callback: Callback) {
      if (!listeners.has(event)) listeners.set(event, new Set());
      listeners.get(event)!.add(callback);
    },
    off(event: string, callback?: Callback) {
      if (callback) listeners.get(event)?.delete(callback);
      else listeners.delete(event);
    },
    /** The queue snippet keeps pushing when it was copied as an array. */
    push(...calls: Call[]) {
      for (const [name, ...args] of calls) (api[name] as ((...args: unknown[]) => void) | undefined)?.(...args);
      return 0;
    },
  };
  (window as { Frontdesk?: unknown }).Frontdesk = api;

  button.addEventListener("click", toggle);
  const intent = () => void preload().catch(() => {});
  button.addEventListener("pointerenter", intent, { once: true });
  button.addEventListener("focus", intent, { once: true });

  const attach = () => {
    document.body.append(element);
    api.push(...(Array.isArray(early) ? early : early?.q ?? []));
    emit("ready");
    // Only for a visitor who has used the chat before: his panel comes back, his unread answers are counted.
    try {
      if (sessionStorage.getItem(openKey(siteKey)) && matchMedia("(min-width: 601px)").matches) open(false);
      else if (localStorage.getItem(tokenKey(siteKey))?.includes('"token"')) void summon().catch(() => {});
    } catch { /* blocked storage remembers nothing */ }
  };
  if (document.body) attach();
  else addEventListener("DOMContentLoaded", attach);
}

/** Black or white, whichever reads better on the site's colour. */
function ink(hex: string): string {
  const [r, g, b] = [1, 3, 5].map((i) => (parseInt(hex.slice(i, i + 2), 16) / 255) ** 2.2) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.2 ? "#10131c" : "#fff";
}

if (script && siteKey && !(early && "loaded" in early)) start(siteKey, script);
else if (!siteKey) console.error("frontdesk: the script tag needs data-site");
