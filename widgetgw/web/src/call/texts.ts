/** Every language of the widget has its words for calls in locale/call-<lang>.ts. */
export interface CallTexts {
  voice: string; video: string; screen: string;
  inviteVoice: string; inviteVideo: string; inviteScreen: string; inviteShare: string;
  /** By kind: how to say no and yes to the invitation. */
  noVoice: string; yesVoice: string; noVideo: string; yesVideo: string; noScreen: string; yesScreen: string;
  /** In the window of a voice call. */
  noCall: string; yesCall: string;
  answering: string; joining: string; waiting: string; restoring: string; talking: string; showing: string;
  elsewhere: string; inWindow: string; showWindow: string; blocked: string; ended: string; endedTalked: string;
  end: string; endScreen: string; shrink: string; restore: string; move: string;
  micOff: string; micOn: string; camOff: string; camOn: string; stopShare: string; chooseAgain: string;
  micDenied: string; micMissing: string; micBusy: string; camDenied: string; camMissing: string; camBusy: string; again: string;
  screenCancelled: string; screenLost: string; cannotTalk: string; cannotShow: string;
  unmute: string; you: string; level: string; silent: string; operator: string; close: string; closeWindow: string;
  lost: string;
}

export const loadTexts = async (lang: string): Promise<CallTexts> =>
  ((await import(`./locale/call-${lang}.ts`)) as { default: CallTexts }).default;
