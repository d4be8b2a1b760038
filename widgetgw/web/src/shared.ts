/** What launcher and chat agree on; both are built separately. */

export interface ChatOptions {
  siteKey: string;
  /** The gateway's origin, without a slash at the end. */
  base: string;
  lang?: string;
  theme?: string;
  accent?: string;
  start: boolean;
}

export interface ChatEvents {
  /** The panel was opened or folded by the visitor or the chat itself. */
  shown(open: boolean): void;
  unread(n: number): void;
  /** For listeners of window.Frontdesk.on. */
  emit(event: string, detail: unknown): void;
}

export interface Chat {
  open(focus: boolean): void;
  close(): void;
}

export interface ChatModule {
  mount(options: ChatOptions, events: ChatEvents): Chat;
}

export const openKey = (siteKey: string): string => `frontdesk:${siteKey}:open`;
export const tokenKey = (siteKey: string): string => `frontdesk:${siteKey}`;
export const callKey = (siteKey: string): string => `frontdesk:${siteKey}:call`;

/**
 * Puts the element under body and keeps it there: single-page frameworks replace body and take foreign elements
 * with them. Bounded, so as not to fight a page that really wants it gone.
 */
export function stay(element: HTMLElement): () => void {
  let left = 50;
  return () => {
    if (left-- > 0) queueMicrotask(() => { if (!element.isConnected) document.body?.append(element); });
  };
}
