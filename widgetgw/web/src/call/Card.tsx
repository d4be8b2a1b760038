import { fill } from "../locale";
import type { CallState } from "../protocol";
import { Face, nameOf, shareOf, statusOf, Timer, type View } from "./parts";
import * as Icon from "./icons";

export interface CardProps extends View {
  /** This voice call's own window: not tried, open, or blocked by the browser. */
  popup: "none" | "open" | "blocked";
  openPopup(): void;
}

export const inviteOf = (call: CallState, texts: View["texts"]): string => fill(texts[call.kind].invite, { name: nameOf(call.who, texts) });

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
  const words = texts[call.kind];
  if (phase === "ringing") {
    const voice = call.kind === "voice";
    const open = voice && popup === "open";
    const here = voice && popup === "blocked";
    const text = open ? texts.inWindow : here ? texts.blocked : inviteOf(call, texts);
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
      {phase === "elsewhere" && call.share === "asked" && <p role="alert">{shareOf(call, texts)}</p>}
    </section>
  );
}
