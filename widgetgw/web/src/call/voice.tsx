import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { realClock } from "../clock";
import { policyFor } from "../closecodes";
import { Connection } from "../connection";
import { newCid } from "../ids";
import { available, choose } from "../locale";
import { openPolling, type Post } from "../polling";
import type { CallState, RtcFrame, ServerFrame } from "../protocol";
import { Disconnected, Requests } from "../requests";
import { openSocket } from "../socket";
import css from "./call.css";
import { inviteOf } from "./Card";
import { Controller } from "./controller";
import { realDevices } from "./devices";
import type { Line } from "./line";
import { clockText, Controls, Face, Level, nameOf, namesOf, Notes, shareOf, statusOf, Timer } from "./parts";
import { isHandover, type Ask, type Handover } from "./popup";
import { Sound, Stage } from "./Stage";
import { loadTexts } from "./texts";

/** The window of a voice call: a page of the gateway that belongs to no page of the site's any more once it has its session. */

const KEPT = "frontdesk:voice";
const ASK_EVERY = 250;
const ASK_FOR = 10_000;
const CLOSE_AFTER = 4_000;

interface Kept extends Handover { tab: string; left?: { call: string; mic: boolean; cam: boolean } }

const kept = (): Kept | undefined => {
  try { return (JSON.parse(sessionStorage.getItem(KEPT) ?? "null") as Kept | null) ?? undefined; } catch { return undefined; }
};
const keep = (session: Kept | undefined): void => {
  try {
    if (session) sessionStorage.setItem(KEPT, JSON.stringify(session));
    else sessionStorage.removeItem(KEPT);
  } catch { /* blocked: a reload asks the opener again */ }
};

/** The site's pages, as the gateway knows them; a star stands for subdomains. */
function fromSite(origin: string): boolean {
  return (document.documentElement.dataset.origins ?? "").split(" ").some((allowed) => {
    const [scheme, host] = allowed.split("://*.");
    return host === undefined ? allowed === origin : origin.startsWith(`${scheme}://`) && origin.endsWith(`.${host}`);
  });
}

/** Asks the page that opened this window for the visitor's session. */
function askOpener(tab: string): Promise<Handover | undefined> {
  const opener = window.opener as Window | null;
  if (!opener) return Promise.resolve(undefined);
  return new Promise((done) => {
    const ask: Ask = { frontdesk: "voice", tab };
    const timer = setInterval(() => opener.postMessage(ask, "*"), ASK_EVERY);
    const stop = (session?: Handover) => { clearInterval(timer); clearTimeout(end); removeEventListener("message", hear); done(session); };
    const hear = (e: MessageEvent) => { if (e.source === opener && fromSite(e.origin) && isHandover(e.data)) stop(e.data); };
    const end = setTimeout(() => stop(), ASK_FOR);
    addEventListener("message", hear);
    opener.postMessage(ask, "*");
  });
}

/** The conversation as far as a call needs it. */
class VoiceLine implements Line {
  call: CallState | undefined;
  rtc: ((frame: RtcFrame) => void) | undefined;
  known = false;
  refused = false;
  private rev = 0;
  private readonly listeners = new Set<() => void>();
  private readonly connection: Connection;
  private readonly requests: Requests;

  constructor(readonly tab: string, site: string, session: Handover) {
    const query = `site=${encodeURIComponent(site)}`;
    const { origin } = location;
    const post: Post = async (body, signal) => {
      const answer = await fetch(`${origin}/w/v1/poll?${query}`, { method: "POST", body, signal, credentials: "omit", cache: "no-store" });
      return { status: answer.status, body: await answer.text() };
    };
    this.connection = new Connection({
      open: (carrier, events) => (carrier === "socket"
        ? openSocket(`${origin.replace(/^http/, "ws")}/w/v1/socket?${query}`, events)
        : openPolling(post, realClock, events)),
      clock: realClock, random: Math.random, online: () => navigator.onLine,
      hello: () => ({ t: "hello", v: 1, token: session.token, rev: this.rev, lang: session.lang, tab }),
      frame: (frame) => this.hear(frame),
      phase: () => this.notify(),
      closed: (code) => {
        const policy = policyFor(code);
        this.requests.broken(policy.dropFrame === true);
        this.refused = policy.forget === true;
      },
    });
    this.requests = new Requests(realClock, () => this.connection.giveUp());
    this.connection.watch(true);
  }

  start(): void { this.connection.start(); }
  check(): void { this.connection.check(true); }
  ready(): boolean { return this.connection.phase === "live"; }
  send(frame: { t: string }): boolean { return this.connection.send(frame); }
  request(frame: { t: string; cid: string }): ReturnType<Requests["wait"]> {
    if (!this.ready()) return Promise.reject(new Disconnected());
    const answer = this.requests.wait(frame.cid);
    this.connection.send(frame, true);
    return answer;
  }
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private notify(): void { for (const listener of [...this.listeners]) listener(); }

  private hear(frame: ServerFrame): void {
    switch (frame.t) {
      case "welcome":
        this.rev = Math.max(this.rev, frame.rev);
        this.known = true;
        this.call = frame.state.call;
        break;
      case "state": this.call = frame.state.call; break;
      case "message": this.rev = Math.max(this.rev, frame.m.rev); return;
      case "ack": case "nack": this.requests.answered(frame.cid, frame); return;
      case "rtc_config": case "rtc_answer": case "rtc_people": case "rtc_link": case "rtc_over": return this.rtc?.(frame);
      default: return;
    }
    this.notify();
  }
}

/** Takes the gateway's page over. */
export async function openWindow(): Promise<void> {
  const site = document.documentElement.dataset.site ?? "";
  const before = kept();
  const tab = before?.tab ?? newCid();
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [sheet];
  let lang = choose([before?.lang, new URLSearchParams(location.search).get("lang") ?? undefined, ...navigator.languages], available());
  let texts = await loadTexts(lang);
  document.documentElement.lang = lang;
  let dark = before?.dark ?? matchMedia("(prefers-color-scheme: dark)").matches;
  let lost = false;
  let controller: Controller | undefined;
  let line: VoiceLine | undefined;
  /** The call that this window was opened for, and how long it has lasted. */
  let last: CallState | undefined;
  let since: number | undefined;

  function Ended() {
    const word = controller?.word;
    const [time] = useState(since === undefined ? "" : clockText(Date.now() - since));
    useEffect(() => {
      if (word) return;
      const timer = setTimeout(() => window.close(), CLOSE_AFTER);
      return () => clearTimeout(timer);
    }, [word]);
    return (
      <div class="fdc-middle">
        <Face who={last?.who} base={location.origin} />
        <h1>{nameOf(last?.who, texts)}</h1>
        <p role="status">{word || (time ? texts.endedTalked.replace("{time}", time) : texts.ended)}</p>
        <button type="button" class="fdc-no" onClick={() => window.close()}>{texts.closeWindow}</button>
      </div>
    );
  }

  function Window() {
    if (lost || line?.refused) return <div class="fdc-middle"><p role="alert">{texts.lost}</p></div>;
    if (!controller || !line?.known) return <div class="fdc-middle"><p role="status">{texts.joining}</p></div>;
    const { phase, call } = controller;
    if (!call || phase === "none" || phase === "over") return <Ended />;
    const view = { c: controller, texts, base: location.origin };
    if (phase === "ringing" || phase === "answering") {
      return (
        <div class="fdc-middle" data-ringing="">
          <Face who={call.who} base={location.origin} />
          <h1>{nameOf(call.who, texts)}</h1>
          <p role="status">{phase === "ringing" ? inviteOf(call, texts) : texts.answering}</p>
          {phase === "ringing" && (
            <div class="fdc-answers">
              <button type="button" class="fdc-no" onClick={() => controller!.decline()}>{texts.noCall}</button>
              <button type="button" class="fdc-yes" onClick={() => void controller!.answer()}>{texts.yesCall}</button>
            </div>
          )}
        </div>
      );
    }
    if (phase === "elsewhere") {
      return <div class="fdc-middle"><p role="status">{texts.elsewhere}</p><button type="button" class="fdc-no" onClick={() => window.close()}>{texts.closeWindow}</button></div>;
    }
    return (
      <>
        <Stage {...view} />
        <Sound {...view} />
        <h1>{namesOf(view)}</h1>
        <p class="fdc-status"><span role="status">{statusOf(view)}</span> <Timer since={controller.since} /></p>
        <Notes {...view} />
        <Level track={controller.off.mic ? undefined : controller.mic} label={texts.level} />
        <Controls {...view} />
      </>
    );
  }

  const draw = () => {
    const call = controller?.call;
    if (call) {
      last = call;
      since = controller!.since ?? since;
    }
    document.title = call?.share === "asked" ? shareOf(call, texts) : `${nameOf(last?.who, texts)} · ${texts.voice.title}`;
    render(<main class="fdc-window" data-theme={dark ? "dark" : "light"}><Window /></main>, document.body);
  };
  draw();

  const session = before ?? (await askOpener(tab));
  if (!session) {
    lost = true;
    return draw();
  }
  keep({ ...session, tab, ...(before?.left ? { left: before.left } : {}) });
  dark = session.dark;
  if (choose([session.lang], available()) !== lang) {
    lang = choose([session.lang], available());
    texts = await loadTexts(lang);
    document.documentElement.lang = lang;
  }
  if (/^#[\da-f]{6}$/i.test(session.accent ?? "")) {
    const accent = new CSSStyleSheet();
    accent.replaceSync(`:root{--fd-accent:${session.accent}}`);
    document.adoptedStyleSheets = [sheet, accent];
  }
  // After its own reload the window is heard by its opener again, if that is still there.
  if (before) (window.opener as Window | null)?.postMessage({ frontdesk: "voice", tab } satisfies Ask, "*");
  line = new VoiceLine(tab, site, session);
  controller = new Controller(line, realDevices, realClock, draw);
  const update = () => {
    if (!line!.known) return draw();
    controller!.update(before?.left);
    if (line!.call === undefined) keep(undefined);
  };
  line.subscribe(update);
  for (const moment of ["online", "focus", "pageshow"]) addEventListener(moment, () => line!.check());
  addEventListener("pagehide", () => {
    const { call, phase, off } = controller!;
    if (call && phase === "mine") keep({ ...session, tab, left: { call: call.id, ...off } });
  });
  line.start();
}
