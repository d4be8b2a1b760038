import type { Act, Box, Entry, OutFile } from "./box";
import type { Clock } from "./clock";
import { CLOSE, policyFor } from "./closecodes";
import { Connection, type Phase } from "./connection";
import type { Mutex } from "./mutex";
import { Outbox, Refused, type Link } from "./outbox";
import type { ClientFrame, Message, RtcFrame, ServerFrame, Site, Uploaded } from "./protocol";
import { Receipts } from "./receipts";
import { Disconnected, Requests } from "./requests";
import type { Session } from "./session";
import { Store } from "./store";
import type { TabNews, Tabs } from "./tabs";
import type { Opener } from "./transport";
import { UploadRefused, UploadUnauthorized, Uploads, type Put } from "./uploads";

export interface ClientDeps {
  open: Opener;
  clock: Clock;
  random(): number;
  box: Box;
  /** One for the queue, one for opening a session: uploads open sessions too, outside of the queue. */
  mutex: Mutex;
  startMutex: Mutex;
  session: Session;
  put: Put;
  tabs(heard: (news: TabNews) => void): Tabs;
  lang(): string;
  page(): { url: string; title: string };
  tab: string;
  online?(): boolean;
  /** A message of the staff came in live (not with the history). */
  arrived(message: Message): void;
  fetch?: typeof fetch;
  base: string;
  siteKey: string;
}

const CATCH_UP = 60;
const TYPING_SHOWN = 10_000;
const NOTICE_SHOWN = 10_000;
const TYPING_REPEAT = 4_000;
const TYPING_OFF = 5_000;
/** Another tab gets this long to send what its visitor typed before this one helps. */
const HELP_AFTER = 3_000;

/** The whole conversation without its looks: joins connection, store, outbox and receipts. */
export class Client implements Link {
  readonly store = new Store();
  readonly outbox: Outbox;
  readonly connection: Connection;
  readonly uploads: Uploads;
  site: Site | undefined;
  loadingOlder = false;
  /** What the server said to an act that came too late; shown for a while. */
  notice = "";
  /** Hears what the relay says about the media of a call. */
  rtc: ((frame: RtcFrame) => void) | undefined;

  readonly receipts: Receipts;
  private readonly requests: Requests;
  private readonly tabs: Tabs;
  private readonly listeners = new Set<() => void>();
  /** The token the open connection belongs to. */
  private bound: string | undefined;
  /** The token whose conversation the store holds. */
  private shown: string | undefined;
  private sessionWaiters: { done(): void; fail(reason: Error): void }[] = [];
  private typingTimer: unknown;
  private typedAt = -Infinity;
  private typedOff: unknown;
  private pageUrl = "";
  private queued = false;

  constructor(private readonly deps: ClientDeps) {
    const { clock } = deps;
    this.connection = new Connection({
      open: deps.open, clock, random: deps.random,
      hello: () => this.hello(),
      frame: (frame) => this.onFrame(frame),
      phase: (phase) => this.onPhase(phase),
      closed: (code) => this.onClosed(code),
      ...(deps.online ? { online: deps.online } : {}),
    });
    this.requests = new Requests(clock, () => this.connection.giveUp());
    this.receipts = new Receipts(this.store, (frame) => !!this.bound && this.connection.send(frame), clock);
    this.uploads = new Uploads(deps.put, clock, () => this.notify());
    this.outbox = new Outbox(deps.box, deps.mutex, this, {
      changed: () => this.notify(),
      refused: (text) => {
        this.notice = text;
        clock.set(() => { this.notice = ""; this.notify(); }, NOTICE_SHOWN);
        this.notify();
      },
      acknowledged: (entry, { id, seq }) => {
        this.store.acknowledged(entry, id, seq);
        clock.set(() => this.tabs.tell({ t: "outbox" }), 0);
      },
    }, clock);
    this.tabs = deps.tabs((news) => this.onNews(news));
  }

  async start(): Promise<void> {
    await this.outbox.refresh();
    this.connection.start();
  }

  get phase(): Phase { return this.connection.phase; }
  get token(): string | undefined { return this.deps.session.token; }
  get tab(): string { return this.deps.tab; }
  get hasSession(): boolean { return this.deps.session.token !== undefined; }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Many changes in one turn become one rendering, and so do the frames of a backlog. */
  private notify(): void {
    if (this.queued) return;
    this.queued = true;
    const tell = () => {
      this.queued = false;
      for (const listener of this.listeners) listener();
    };
    if (this.store.behind) this.deps.clock.set(tell, CATCH_UP);
    else queueMicrotask(tell);
  }

  // ---- what the visitor does

  async act(act: Act): Promise<Entry> {
    if (act.act === "send") this.typing(false);
    const entry = await this.outbox.add(act);
    this.tabs.tell({ t: "outbox" });
    return entry;
  }

  async discard(entry: Entry): Promise<void> {
    this.store.echoes.delete(entry.cid);
    await this.outbox.discard(entry);
    this.tabs.tell({ t: "discard", cid: entry.cid });
  }

  /** Starts the upload of an attached file before the message is sent; sending waits for the same one. */
  async uploadAhead(file: OutFile, blob: Blob): Promise<Uploaded | undefined> {
    try {
      await this.session();
      return await this.upload(file, blob);
    } catch (e) {
      if (e instanceof Refused) throw e;
      return undefined;
    }
  }

  typing(on: boolean): void {
    const { clock } = this.deps;
    clock.clear(this.typedOff);
    const was = this.typedAt > -Infinity;
    if (!on) {
      this.typedAt = -Infinity;
      if (was && this.bound) this.connection.send({ t: "typing", on: false });
      return;
    }
    this.typedOff = clock.set(() => this.typing(false), TYPING_OFF);
    if (clock.now() - this.typedAt < TYPING_REPEAT || !this.bound) return;
    if (this.connection.send({ t: "typing", on: true })) this.typedAt = clock.now();
  }

  loadOlder(): void {
    if (this.loadingOlder || !this.store.more) return;
    this.loadingOlder = this.connection.send({ t: "history", before: this.store.oldest, limit: 50 }, true);
    this.notify();
  }

  watch(open: boolean, looked: boolean): void {
    this.connection.watch(open && looked);
    this.receipts.watch(open && looked);
    this.notify();
  }

  pageMoved(): void {
    const page = this.deps.page();
    if (page.url === this.pageUrl || !this.bound) return;
    if (this.connection.send({ t: "page", ...page })) this.pageUrl = page.url;
  }

  /** The desk ended the session, and the visitor wants to write again. */
  startOver(): void {
    this.forgetSession();
    this.connection.restart();
  }

  /** A fresh signed address for a file whose old one has expired. */
  async freshUrl(id: string): Promise<string | undefined> {
    const token = this.deps.session.token;
    if (!token || !this.deps.fetch) return undefined;
    const { base, siteKey } = this.deps;
    const url = `${base}/w/v1/files/${encodeURIComponent(id)}?site=${encodeURIComponent(siteKey)}`;
    const answer = await this.deps.fetch(url, { headers: { Authorization: `Bearer ${token}` } });
    return answer.ok ? ((await answer.json()) as { url: string }).url : undefined;
  }

  // ---- the way out, as the outbox sees it

  ready(): boolean { return this.connection.phase === "live"; }

  async session(): Promise<void> {
    if (this.bound) return;
    await this.deps.startMutex.run(async () => {
      if (this.bound) return;
      if (this.deps.session.token) {
        // Another tab opened the session meanwhile; this connection has to join it.
        this.connection.restart();
        throw new Disconnected();
      }
      const answer = new Promise<void>((done, fail) => { this.sessionWaiters.push({ done, fail }); });
      if (!this.connection.send({ t: "start", cid: this.deps.session.startCid() }, true)) this.failWaiters();
      await answer;
    });
  }

  request(frame: ClientFrame & { cid: string }): ReturnType<Requests["wait"]> {
    if (!this.ready()) return Promise.reject(new Disconnected());
    const answer = this.requests.wait(frame.cid);
    this.connection.send(frame, true);
    return answer;
  }

  async upload(file: OutFile, blob: Blob): Promise<Uploaded> {
    const token = this.deps.session.token;
    if (!token) throw new Disconnected();
    try {
      return await this.uploads.run(file, blob, token);
    } catch (e) {
      if (e instanceof UploadRefused) throw new Refused(e.code, e.message);
      if (e instanceof UploadUnauthorized) this.connection.restart();
      throw e;
    } finally {
      this.notify();
    }
  }

  // ---- what the server says

  private hello(): ClientFrame {
    const token = (this.bound = this.deps.session.token);
    if (token !== this.shown) this.store.reset();
    this.shown = token;
    const page = this.deps.page();
    this.pageUrl = page.url;
    return {
      t: "hello", v: 1, rev: this.store.rev, lang: this.deps.lang(), page, tab: this.deps.tab, ...(token ? { token } : {}),
    };
  }

  private onFrame(frame: ServerFrame): void {
    const { session, clock } = this.deps;
    switch (frame.t) {
      case "welcome":
        this.site = frame.site;
        this.store.welcome(frame);
        if (frame.session && this.bound) session.extend(frame.session.expires);
        this.receipts.reconnected();
        this.uploads.hurry();
        this.loadingOlder = false;
        this.outbox.flush();
        break;
      case "session":
        session.keep(frame.token, frame.expires);
        this.bound = this.shown = frame.token;
        for (const waiter of this.sessionWaiters.splice(0)) waiter.done();
        this.tabs.tell({ t: "session" });
        break;
      case "ack": this.requests.answered(frame.cid, frame); break;
      case "nack": this.requests.answered(frame.cid, frame); break;
      case "history":
        this.loadingOlder = false;
        this.store.apply(frame);
        break;
      case "message": {
        const first = this.store.filling;
        const known = this.store.get(frame.m.id) !== undefined;
        const changed = this.store.apply(frame);
        if (changed && !known && !first && frame.m.from === "staff") this.deps.arrived(frame.m);
        break;
      }
      case "typing":
        this.store.apply(frame);
        clock.clear(this.typingTimer);
        if (frame.on) {
          this.typingTimer = clock.set(() => {
            this.store.typing = undefined;
            this.notify();
          }, TYPING_SHOWN);
        }
        break;
      case "state": this.store.apply(frame); break;
      case "ping": case "pong": case "error": case "bye": return;
      default: return this.rtc?.(frame);
    }
    this.receipts.update();
    this.notify();
  }

  private onPhase(phase: Phase): void {
    if (phase !== "live") {
      this.store.typing = undefined;
      this.loadingOlder = false;
    }
    this.notify();
  }

  private onClosed(code: number): void {
    const policy = policyFor(code);
    this.requests.broken(policy.dropFrame === true);
    this.failWaiters();
    if (policy.forget) this.forgetSession();
    if (code !== CLOSE.replaced) this.bound = undefined;
  }

  private failWaiters(): void {
    for (const waiter of this.sessionWaiters.splice(0)) waiter.fail(new Disconnected());
  }

  /** The outbox stays: what was typed goes into the next session. */
  private forgetSession(): void {
    this.deps.session.forget(this.bound ?? this.deps.session.token);
    this.bound = undefined;
    this.store.reset();
    void this.outbox.resetUploads();
  }

  private onNews(news: TabNews): void {
    switch (news.t) {
      case "session": this.joinSession(); break;
      case "discard":
        this.store.echoes.delete(news.cid);
        void this.outbox.refresh();
        break;
      case "outbox": {
        const before = this.outbox.entries;
        void this.outbox.refresh().then(() => {
          const left = new Set(this.outbox.entries.map((e) => e.cid));
          // Gone from the queue means acknowledged; the server will show the message to this tab in a moment.
          for (const entry of before) if (!left.has(entry.cid)) this.store.acknowledged(entry);
          this.deps.clock.set(() => this.outbox.flush(), HELP_AFTER);
        });
      }
    }
  }

  /** Another tab opened, changed or ended the session. */
  joinSession(): void {
    const token = this.deps.session.token;
    if (token === this.bound || this.connection.phase === "idle") return;
    if (!token) return;
    this.connection.restart();
  }
}
