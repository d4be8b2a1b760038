import { fill } from "../locale";
import type { CallState } from "../protocol";
import { Face, nameOf, statusOf, Timer, type View } from "./parts";
import * as Icon from "./icons";

export interface CardProps extends View {
  /** The voice call's own window: not tried, open, or blocked by the browser. */
  popup: "none" | "open" | "blocked";
  openPopup(): void;
}

type Words = { title: string; invite: string; no: string; yes: string };

export function wordsOf(call: CallState, texts: View["texts"]): Words {
  const invite = (text: string) => fill(text, { name: nameOf(call.who, texts) });
  switch (call.kind) {
    case "voice": return { title: texts.voice, invite: invite(texts.inviteVoice), no: texts.noVoice, yes: texts.yesVoice };
    case "video": return { title: texts.video, invite: invite(texts.inviteVideo), no: texts.noVideo, yes: texts.yesVideo };
    case "screen": return { title: texts.screen, invite: invite(texts.inviteScreen), no: texts.noScreen, yes: texts.yesScreen };
  }
}

/** The call as the chat shows it: the invitation, then a line as long as it goes on. */
export function Card(props: CardProps) {
  const { c, texts, base, popup, openPopup } = props;
  const { call, phase } = c;
  if (phase === "none") return null;
  if (phase === "over") {
    const text = c.unable ? (c.unable === "talk" ? texts.cannotTalk : texts.cannotShow) : c.word;
    return (
      <section class="fdc-card" data-phase="over">
        <p role="alert">{text}</p>
        <button type="button" class="fdc-small" onClick={() => c.dismiss()}>{texts.close}</button>
      </section>
    );
  }
  if (!call) return null;
  const words = wordsOf(call, texts);
  if (phase === "ringing") {
    const voice = call.kind === "voice";
    const open = voice && popup === "open";
    const here = voice && popup === "blocked";
    const text = open ? texts.inWindow : here ? texts.blocked : words.invite;
    return (
      <section class="fdc-card" data-phase="ringing" data-kind={call.kind} aria-label={words.title}>
        <Face who={call.who} base={base} />
        <div class="fdc-words">
          <b>{words.title}</b>
          <p role="alert">{text}</p>
          {c.trouble.screen && <p role="alert" class="fdc-soft">{texts.screenCancelled}</p>}
        </div>
        <div class="fdc-answers">
          <button type="button" class="fdc-no" onClick={() => c.decline()}>{here ? texts.noCall : words.no}</button>
          <button type="button" class="fdc-yes" onClick={() => (voice && !here ? openPopup() : void c.answer())}>
            {open ? texts.showWindow : here ? texts.yesCall : words.yes}
          </button>
        </div>
      </section>
    );
  }
  const status = phase === "answering" ? texts.answering : phase === "elsewhere" ? texts.elsewhere : statusOf(props);
  return (
    <section class="fdc-card" data-phase={phase} data-kind={call.kind} aria-label={words.title}>
      <span class="fdc-dot" data-live={call.state === "active" || undefined} />
      <div class="fdc-words"><b role="status">{status}</b>{phase !== "answering" && <Timer since={c.since} />}</div>
      {phase === "elsewhere" && popup === "open" && <button type="button" class="fdc-small" onClick={openPopup}>{texts.showWindow}</button>}
      <button type="button" class="fdc-small fdc-stop" aria-label={call.kind === "screen" ? texts.endScreen : texts.end} title={call.kind === "screen" ? texts.endScreen : texts.end} onClick={() => c.hangUp()}><Icon.HangUp /></button>
    </section>
  );
}
