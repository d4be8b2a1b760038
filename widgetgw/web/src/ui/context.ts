import { createContext, type ComponentType } from "preact";
import { useContext } from "preact/hooks";
import type { Client } from "../client";
import type { Draft } from "../draft";
import type { Formats } from "../format";
import type { Texts } from "../locale";

export interface Desk {
  client: Client;
  draft: Draft;
  texts: Texts;
  lang: string;
  formats: Formats;
  base: string;
  fold(): void;
  /** Shows the call; there once one has come. */
  Call?: ComponentType;
}

export const DeskContext = createContext<Desk>(undefined as never);
export const useDesk = (): Desk => useContext(DeskContext);

/** The gateway's own addresses only: anything else would tell a stranger that the visitor reads. */
export function mediaUrl(base: string, url: string): string | undefined {
  try {
    const full = new URL(url, `${base}/`);
    return full.origin === new URL(base).origin ? full.href : undefined;
  } catch {
    return undefined;
  }
}
