import type { RefObject } from "preact";
import { useEffect, useReducer } from "preact/hooks";
import { fill } from "../locale";
import { size } from "../format";
import { limitsOf, textFits, type Complaint } from "../limits";
import { useDesk } from "./context";
import * as Icon from "./icons";
import { Tray } from "./Tray";

interface Props { field: RefObject<HTMLTextAreaElement | null>; picking: boolean; pick(): void }

export function Composer({ field, picking, pick }: Props) {
  const { client, draft, texts, lang, fold } = useDesk();
  const [, redraw] = useReducer<number, void>((n) => n + 1, 0);
  useEffect(() => draft.subscribe(redraw), [draft]);
  // A reply or an edit started in the log continues here.
  useEffect(() => { if (draft.editing || draft.reply) field.current?.focus(); }, [draft.editing, draft.reply]);

  const limits = limitsOf(client.site?.limits);
  const tooLong = !textFits(draft.text, limits);
  const number = new Intl.NumberFormat(lang);
  const say = (c: Complaint): string =>
    c.why === "tooMany" ? fill(texts.tooMany, { n: limits.files })
      : fill(texts[c.why], { name: c.name, size: size(limits.file, texts.bytes, lang) });
  const complaints = draft.complaints.map(say);
  if (tooLong) complaints.push(fill(texts.tooLong, { n: number.format(limits.text) }));
  const gone = client.phase === "stopped";
  const disabled = draft.empty || tooLong || gone;

  const send = () => {
    if (!disabled) void draft.send();
    field.current?.focus();
  };

  const editLast = (): boolean => {
    const last = [...client.store.messages].reverse().find((m) => m.from === "me" && !m.deleted && m.text);
    if (last) draft.edit(last.id, last.text!);
    return last !== undefined;
  };

  const onKey = (e: KeyboardEvent) => {
    // While an input method composes a word, Enter and arrows are its own.
    if (e.isComposing || e.keyCode === 229) return;
    if (e.key === "Enter" && !e.shiftKey && !e.ctrlKey && !e.altKey && !e.metaKey) {
      e.preventDefault();
      send();
    } else if (e.key === "Escape") {
      e.stopPropagation();
      if (draft.editing || draft.reply) draft.cancelContext();
      else fold();
    } else if (e.key === "ArrowUp" && !draft.text && !draft.files.length && editLast()) {
      e.preventDefault();
    }
  };

  const onPaste = (e: ClipboardEvent) => {
    const files = [...(e.clipboardData?.files ?? [])];
    // Office programs put a picture of the text beside the text: the text is what was meant.
    if (!files.length || e.clipboardData!.types.includes("text/plain")) return;
    e.preventDefault();
    draft.attach(files);
  };

  const placeholder = client.site?.texts.placeholder || texts.placeholder;
  const { editing, reply } = draft;
  return (
    <form class="fd-composer" onSubmit={(e) => { e.preventDefault(); send(); }}>
      <div class="fd-alerts" role="alert">
        {complaints.length > 0 && <div class="fd-error">{complaints.map((c) => <p>{c}</p>)}</div>}
      </div>
      <div class="fd-field">
        {(editing || reply) && (
          <div class="fd-context">
            {editing ? <Icon.Pencil /> : <Icon.Reply />}
            <p><b>{editing ? texts.editing : texts.replying}</b>{editing ? client.store.get(editing.id)?.text : reply!.text}</p>
            <button type="button" class="fd-icon" aria-label={texts.cancel} onClick={() => { draft.cancelContext(); field.current?.focus(); }}><Icon.Close /></button>
          </div>
        )}
        <Tray files={draft.files} />
        <div class="fd-row">
          {!editing && (
            <label class="fd-icon fd-attach" title={texts.attach}>
              <Icon.Clip />
              <input type="file" multiple accept={limits.types.join(",")} aria-label={texts.attach} onChange={(e) => {
                draft.attach([...(e.currentTarget.files ?? [])]);
                // Emptied, so that the same file can be chosen again after it was removed.
                e.currentTarget.value = "";
                field.current?.focus();
              }} />
            </label>
          )}
          <div class="fd-grow" data-text={draft.text}>
            <textarea ref={field} rows={1} value={draft.text} placeholder={placeholder} aria-label={placeholder} spellcheck={true}
              lang={lang} dir="auto" autocapitalize="sentences" enterkeyhint="send" onKeyDown={onKey} onPaste={onPaste}
              onInput={(e) => {
                draft.setText(e.currentTarget.value);
                client.typing(e.currentTarget.value.trim() !== "" && !draft.editing);
              }} />
          </div>
          <button type="button" class="fd-icon fd-smile" aria-label={texts.emoji} title={texts.emoji} aria-expanded={picking} aria-haspopup="dialog" onClick={pick}><Icon.Smile /></button>
          <button type="submit" class="fd-icon fd-send" aria-label={editing ? texts.save : texts.send} disabled={disabled}>
            {editing ? <Icon.Check /> : <Icon.Send />}
          </button>
        </div>
      </div>
    </form>
  );
}
