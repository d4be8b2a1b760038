import { useState } from "preact/hooks";
import { fill } from "../locale";
import type { DeskState } from "../protocol";
import { useDesk } from "./context";
import * as Icon from "./icons";

/** What the visitor thinks of the conversation that has ended. It can be changed until the next one begins. */
export function Rating({ rate }: { rate: NonNullable<DeskState["rate"]> }) {
  const { client, draft, texts, lang } = useDesk();
  const { ticket } = rate;
  const kept = draft.rating;
  const [edit, setEdit] = useState(kept?.ticket === ticket ? kept : undefined);
  const sent = client.outbox.entries.find((e) => e.act === "rate" && e.ticket === ticket);
  const given = sent?.act === "rate" ? sent : rate;
  const { stars = 0, comment = "" } = edit ?? given;
  const done = given.stars === stars && (given.comment ?? "") === comment.trim();

  const change = (part: { stars?: number; comment?: string }) => setEdit((draft.rating = { ticket, stars, comment, ...part }));
  const submit = (e: Event) => {
    e.preventDefault();
    if (!stars || done) return;
    void client.act({ act: "rate", ticket, stars, comment: comment.trim() });
    setEdit((draft.rating = undefined));
  };

  return (
    <form class="fd-rate" onSubmit={submit}>
      <fieldset>
        <legend>{client.site?.texts.rate || texts.rate}</legend>
        <div class="fd-stars">
          {[1, 2, 3, 4, 5].map((n) => (
            <label key={n} data-on={n <= stars || undefined}>
              <input type="radio" name="fd-stars" value={n} checked={n === stars} aria-label={fill(texts.stars, { n })} onChange={() => change({ stars: n })} />
              <Icon.Star />
            </label>
          ))}
        </div>
      </fieldset>
      <textarea rows={2} maxLength={2000} value={comment} placeholder={texts.comment} aria-label={texts.comment} spellcheck={true} lang={lang} dir="auto"
        onInput={(e) => change({ comment: e.currentTarget.value })} />
      <div>
        <span role="status">{given.stars && done ? texts.thanks : ""}</span>
        <button type="submit" aria-disabled={!stars || done}>{texts.rateDo}</button>
      </div>
    </form>
  );
}
