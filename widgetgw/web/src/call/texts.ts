import type { Trouble } from "./devices";

/** What a kind of call is called, how the visitor is asked for it, and how to say no and yes. */
export interface Invitation { title: string; invite: string; no: string; yes: string }

/** Every language of the widget has its words for calls in locale/call-<lang>.ts. */
export interface CallTexts {
  voice: Invitation; video: Invitation; screen: Invitation;
  inviteShare: string;
  /** In the window of a voice call. */
  noCall: string; yesCall: string;
  answering: string; joining: string; waiting: string; restoring: string; talking: string; showing: string;
  elsewhere: string; inWindow: string; showWindow: string; blocked: string; ended: string; endedTalked: string;
  end: string; endScreen: string; shrink: string; restore: string; move: string;
  micOff: string; micOn: string; camOff: string; camOn: string; stopShare: string; chooseAgain: string;
  /** Why there is none. */
  mic: Record<Trouble, string>; cam: Record<Trouble, string>; again: string;
  screenCancelled: string; screenLost: string; cannotTalk: string; cannotShow: string;
  unmute: string; you: string; level: string; silent: string; operator: string; close: string; closeWindow: string;
  lost: string;
}

export const loadTexts = async (lang: string): Promise<CallTexts> =>
  ((await import(`./locale/call-${lang}.ts`)) as { default: CallTexts }).default;
