import type { Entry } from "./box";
import type { DeskState, Message, Person, ServerFrame, Welcome } from "./protocol";

/** Own messages that the server acknowledged but has not yet shown back to us. */
export interface Echo { entry: Entry; id?: string; seq?: number }

const NO_STATE: DeskState = { online: false, staff_seen: 0, staff_got: 0, my_seen: 0 };

/** What the server told about the conversation. Pure: no timers, no storage, no DOM. */
export class Store {
  /** The highest rev processed from the live stream; the place to resume from. */
  rev = 0;
  /** Older messages exist on the server. */
  more = false;
  state: DeskState = NO_STATE;
  typing: { who?: Person } | undefined;
  echoes = new Map<string, Echo>();
  private readonly byId = new Map<string, Message>();
  private sorted: Message[] | undefined;
  /** While the first batch comes in, messages may arrive in rev order with any seq. */
  filling = true;
  private target = 0;

  reset(): void {
    this.rev = this.target = 0;
    this.more = false;
    this.filling = true;
    this.state = NO_STATE;
    this.typing = undefined;
    this.echoes.clear();
    this.byId.clear();
    this.sorted = undefined;
  }

  get messages(): Message[] {
    return (this.sorted ??= [...this.byId.values()].sort((a, b) => a.seq - b.seq));
  }

  get(id: string): Message | undefined { return this.byId.get(id); }
  get oldest(): number { return this.messages[0]?.seq ?? 0; }

  /** True while frames up to the welcome's rev are still on their way. */
  get behind(): boolean { return this.rev < this.target; }

  welcome(frame: Welcome): void {
    if (this.rev === 0) {
      this.more = frame.more;
      this.filling = true;
    }
    this.target = frame.rev;
    if (!this.behind) this.filling = false;
    this.setState(frame.state);
  }

  /** True when something visible changed. */
  apply(frame: ServerFrame): boolean {
    switch (frame.t) {
      case "message": return this.live(frame.m);
      case "history": return this.history(frame.ms, frame.more);
      case "state": this.setState(frame.state); return true;
      case "typing": this.typing = frame.on ? { ...(frame.who ? { who: frame.who } : {}) } : undefined; return true;
      default: return false;
    }
  }

  private live(m: Message): boolean {
    const island = !this.filling && this.more && m.seq < this.oldest && !this.byId.has(m.id);
    // A change of a message that is not loaded: history will bring it in its current state.
    const changed = island ? false : this.upsert(m);
    if (m.rev > this.rev) this.rev = m.rev;
    if (!this.behind) this.filling = false;
    if (m.from === "staff" && changed) this.typing = undefined;
    return changed;
  }

  /** Does not move `rev`: a history answer may be ahead of live frames still under way. */
  private history(ms: Message[], more: boolean): boolean {
    for (const m of ms) this.upsert(m);
    this.more = more;
    return true;
  }

  private upsert(m: Message): boolean {
    const had = this.byId.get(m.id);
    if (had && m.rev <= had.rev) return false;
    this.byId.set(m.id, m);
    if (m.cid) this.echoes.delete(m.cid);
    this.sorted = undefined;
    return true;
  }

  /** Receipts only grow; a state frame overtaken by another must not take ticks back. */
  private setState(state: DeskState): void {
    const old = this.state;
    this.state = {
      ...state,
      staff_seen: Math.max(old.staff_seen, state.staff_seen ?? 0),
      staff_got: Math.max(old.staff_got, state.staff_got ?? 0),
      my_seen: Math.max(old.my_seen, state.my_seen ?? 0),
    };
  }

  acknowledged(entry: Entry, id?: string, seq?: number): void {
    if (entry.act === "choose") this.state = { ...this.state, topics: undefined };
    if (entry.act === "rate") this.state = { ...this.state, rate: entry };
    if (entry.act !== "send") return;
    if (id && this.byId.has(id)) return;
    if (this.messages.some((m) => m.cid === entry.cid)) return;
    this.echoes.set(entry.cid, { entry, ...(id ? { id } : {}), ...(seq ? { seq } : {}) });
  }

  seen(seq: number): boolean {
    if (seq <= this.state.my_seen) return false;
    this.state = { ...this.state, my_seen: seq };
    return true;
  }

  /** The newest message the visitor could have seen. */
  get newestSeq(): number { return this.messages[this.messages.length - 1]?.seq ?? 0; }

  get unread(): number {
    let n = 0;
    for (const m of this.messages) if (m.from === "staff" && !m.deleted && m.seq > this.state.my_seen) n++;
    return n;
  }
}

export type Ticks = "pending" | "failed" | "stored" | "delivered" | "read";

export function ticksOf(m: Message, state: DeskState): Ticks {
  if (m.status === "seen" || m.seq <= state.staff_seen) return "read";
  if (m.status === "sent" || m.seq <= state.staff_got) return "delivered";
  return "stored";
}
