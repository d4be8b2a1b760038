import type { Entry, OutFile } from "./box";
import type { FileInfo, From, Message, Person, Quote, Reaction } from "./protocol";
import { ticksOf, type Store, type Ticks } from "./store";

/** One message as it is drawn: the server's, or one of ours still on its way, or the server's under a pending act. */
export interface Item {
  key: string;
  id?: string;
  seq: number;
  from: From;
  who?: Person;
  at: string;
  text?: string;
  html?: string;
  files: FileInfo[];
  outFiles: OutFile[];
  reply?: Quote;
  edited: boolean;
  deleted: boolean;
  reactions: Reaction[];
  status?: Ticks;
  /** The refused act to retry or discard. */
  failed?: Entry;
}

export type Row =
  | { kind: "day"; key: string; at: string }
  | { kind: "new"; key: string }
  | { kind: "system"; key: string; text: string }
  | { kind: "message"; key: string; item: Item; first: boolean; last: boolean };

const fromServer = (m: Message, store: Store): Item => ({
  key: m.cid ?? m.id,
  id: m.id, seq: m.seq, from: m.from, at: m.at,
  files: m.files ?? [], outFiles: [],
  edited: m.edited !== undefined, deleted: m.deleted === true,
  reactions: m.reactions ?? [],
  ...(m.who ? { who: m.who } : {}),
  ...(m.text !== undefined ? { text: m.text } : {}),
  ...(m.html ? { html: m.html } : {}),
  ...(m.reply ? { reply: m.reply } : {}),
  ...(m.from === "me" ? { status: ticksOf(m, store.state) } : {}),
});

function fromEntry(entry: Entry & { act: "send" }, status: Ticks, seq: number): Item {
  return {
    key: entry.cid, seq, from: "me", at: entry.at, files: [], outFiles: entry.files ?? [],
    edited: false, deleted: false, reactions: [],
    status: entry.failed ? "failed" : status,
    ...(entry.text ? { text: entry.text } : {}),
    ...(entry.reply ? { reply: entry.reply } : {}),
    ...(entry.failed ? { failed: entry } : {}),
  };
}

function react(reactions: Reaction[], key: string, on: boolean): Reaction[] {
  const had = reactions.find((r) => r.key === key);
  if (!had) return on ? [...reactions, { key, n: 1, me: true }] : reactions;
  if (had.me === on) return reactions;
  return reactions.map((r) => (r === had ? { key, n: r.n + (on ? 1 : -1), me: on } : r)).filter((r) => r.n > 0);
}

/** Shows an act at once; the server's own word replaces it later. */
function withAct(item: Item, entry: Entry): Item {
  if (entry.failed) {
    return entry.act === "edit" || entry.act === "delete" ? { ...item, failed: entry } : item;
  }
  switch (entry.act) {
    case "edit": return { ...item, text: entry.text, html: undefined, edited: true, status: "pending" };
    case "delete": return { ...item, text: undefined, html: undefined, files: [], reply: undefined, deleted: true };
    case "react": return { ...item, reactions: react(item.reactions, entry.key, entry.on) };
    default: return item;
  }
}

export function items(store: Store, entries: readonly Entry[]): Item[] {
  const list = store.messages.map((m) => fromServer(m, store));
  const places = new Map(list.map((item, i) => [item.id, i]));
  const shown = new Set(list.map((item) => item.key));
  const last = store.newestSeq;
  let extra = 0;
  for (const { entry, seq } of store.echoes.values()) {
    if (entry.act === "send" && !shown.has(entry.cid)) {
      shown.add(entry.cid);
      list.push(fromEntry(entry, "stored", seq ?? last + ++extra / 1e6));
    }
  }
  for (const entry of entries) {
    if (entry.act === "send") {
      if (!shown.has(entry.cid)) list.push(fromEntry(entry, "pending", last + 1 + ++extra / 1e6));
    } else if ("id" in entry) {
      const place = places.get(entry.id);
      if (place !== undefined) list[place] = withAct(list[place]!, entry);
    }
  }
  return list;
}

const GROUP_GAP = 5 * 60_000;

export function rows(list: readonly Item[], dayKey: (at: string) => string, dividerAfter: number | undefined): Row[] {
  const out: Row[] = [];
  let day = "";
  let previous: { row: Row & { kind: "message" }; item: Item } | undefined;
  let divided = dividerAfter === undefined;
  for (const item of list) {
    const itsDay = dayKey(item.at);
    if (itsDay !== day) {
      day = itsDay;
      previous = undefined;
      out.push({ kind: "day", key: `day ${itsDay} ${item.key}`, at: item.at });
    }
    if (!divided && item.from === "staff" && item.seq > dividerAfter!) {
      divided = true;
      previous = undefined;
      out.push({ kind: "new", key: "new" });
    }
    if (item.from === "system") {
      previous = undefined;
      if (item.text) out.push({ kind: "system", key: item.key, text: item.text });
      continue;
    }
    const joins = previous !== undefined && previous.item.from === item.from && previous.item.who?.name === item.who?.name
      && Date.parse(item.at) - Date.parse(previous.item.at) < GROUP_GAP;
    if (joins) previous!.row.last = false;
    const row = { kind: "message" as const, key: item.key, item, first: !joins, last: true };
    out.push(row);
    previous = { row, item };
  }
  return out;
}
