/** News between the tabs of one browser. Works without BroadcastChannel as well, only slower. */
export type TabNews = { t: "outbox" } | { t: "session" } | { t: "discard"; cid: string };

export interface Tabs { tell(news: TabNews): void; close(): void }

export function openTabs(name: string, heard: (news: TabNews) => void): Tabs {
  if (typeof BroadcastChannel === "undefined") return { tell() {}, close() {} };
  const channel = new BroadcastChannel(name);
  channel.onmessage = (e: MessageEvent<TabNews>) => heard(e.data);
  return { tell: (news) => channel.postMessage(news), close: () => channel.close() };
}
