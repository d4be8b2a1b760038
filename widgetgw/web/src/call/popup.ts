/**
 * The window of a voice call is a page of the gateway, opened by the chat's page. It asks its opener for the session;
 * each side tells the other by window and origin, so that nobody else hears the token.
 */
export interface Handover { frontdesk: "session"; token: string; lang: string; dark: boolean; accent?: string }
export interface Ask { frontdesk: "voice"; tab: string }

export const isAsk = (data: unknown): data is Ask => (data as Ask | null)?.frontdesk === "voice" && typeof (data as Ask).tab === "string";
export const isHandover = (data: unknown): data is Handover =>
  (data as Handover | null)?.frontdesk === "session" && typeof (data as Handover).token === "string";

const WATCH = 500;
/** A page that loads this long will not. */
const PATIENCE = 15_000;

export class Popup {
  state: "none" | "open" | "blocked" = "none";
  /** The window's page id, known once it has asked. */
  tab = "";
  private window: Window | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;
  private opened = 0;

  constructor(
    private readonly base: string, private readonly address: string, private readonly name: string,
    private readonly session: () => Handover | undefined, private readonly changed: () => void, private readonly closed: (tab: string) => void,
  ) {
    addEventListener("message", (e) => {
      if (!this.window || e.source !== this.window || e.origin !== base || !isAsk(e.data)) return;
      this.tab = e.data.tab;
      const session = this.session();
      if (session) this.window.postMessage(session, base);
    });
  }

  /** By a click, or the browser refuses. */
  open(): void {
    if (this.window && !this.window.closed) {
      try { this.window.focus(); } catch { /* gone just now */ }
      return;
    }
    const [width, height] = [400, 600];
    const [x, y] = [Math.max(0, screenX + outerWidth - width - 40), Math.max(0, screenY + 80)];
    this.tab = "";
    try {
      this.window = window.open(`${this.base}${this.address}`, this.name, `popup,width=${width},height=${height},left=${x},top=${y}`);
    } catch {
      this.window = null;
    }
    clearInterval(this.timer);
    this.opened = Date.now();
    this.state = this.window ? "open" : "blocked";
    if (this.window) this.timer = setInterval(() => this.watch(), WATCH);
    this.changed();
  }

  private watch(): void {
    const gone = this.window?.closed !== false;
    const mute = !this.tab && Date.now() - this.opened > PATIENCE;
    if (!gone && !mute) return;
    clearInterval(this.timer);
    if (!gone) this.window?.close();
    this.window = null;
    // A window that never asked was closed by the browser, or cut off from this page by its policy.
    this.state = this.tab ? "none" : "blocked";
    if (this.tab) this.closed(this.tab);
    this.changed();
  }

  /** The call is over: the next one tries anew. The window closes itself. */
  reset(): void {
    if (this.state === "blocked") this.state = "none";
  }
}
