import { LocalBox, memoryStorage, type Box } from "./box";
import { Client } from "./client";
import { realClock } from "./clock";
import { IdbBox } from "./idb";
import { LeaseMutex, WebLockMutex, type Mutex } from "./mutex";
import { openPolling, type Post } from "./polling";
import type { Message } from "./protocol";
import { Session } from "./session";
import { tokenKey, type ChatOptions } from "./shared";
import { openSocket } from "./socket";
import { openTabs } from "./tabs";
import { xhrPut } from "./uploads";

type KeyValue = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** The storage if it really works: some browsers offer one and throw on the first write. */
export function usable(get: () => Storage): KeyValue {
  try {
    const storage = get();
    storage.setItem("frontdesk:?", "1");
    storage.removeItem("frontdesk:?");
    return storage;
  } catch {
    return memoryStorage();
  }
}

async function openBox(name: string, local: KeyValue): Promise<Box> {
  try {
    const box = await IdbBox.open(name);
    void box.prune().catch(() => {});
    return box;
  } catch {
    return new LocalBox(local, `${name}:outbox`);
  }
}

/** Joins the client to this browser. */
export async function createClient(
  options: ChatOptions, local: KeyValue, tab: string, lang: () => string, arrived: (m: Message) => void,
): Promise<Client> {
  const { siteKey, base } = options;
  const name = tokenKey(siteKey);
  const site = `site=${encodeURIComponent(siteKey)}`;
  const mutex = (key: string): Mutex =>
    navigator.locks
      ? new WebLockMutex(navigator.locks, local, key, realClock)
      : new LeaseMutex(local, key, tab, realClock);
  const post: Post = async (body, signal) => {
    // The default text/plain spares the browser a preflight before every poll.
    const answer = await fetch(`${base}/w/v1/poll?${site}`, { method: "POST", body, signal, credentials: "omit", cache: "no-store" });
    return { status: answer.status, body: await answer.text() };
  };
  const session = new Session(local, siteKey);
  const client = new Client({
    open: (carrier, events) => (carrier === "socket"
      ? openSocket(`${base.replace(/^http/, "ws")}/w/v1/socket?${site}`, events)
      : openPolling(post, realClock, events)),
    clock: realClock,
    random: Math.random,
    box: await openBox(name, local),
    mutex: mutex(`${name}:flush`),
    startMutex: mutex(`${name}:start`),
    session,
    put: xhrPut(base, siteKey),
    tabs: (heard) => openTabs(name, heard),
    lang,
    page: () => ({ url: location.href, title: document.title }),
    tab,
    online: () => navigator.onLine,
    arrived,
    fetch: (url, init) => fetch(url, init),
    base,
    siteKey,
  });
  addEventListener("storage", (e) => { if (session.isKey(e.key)) client.joinSession(); });
  return client;
}
