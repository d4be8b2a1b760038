import { useRef, useState } from "preact/hooks";
import { onlyEmoji } from "../format";
import { fill } from "../locale";
import type { FileInfo } from "../protocol";
import type { Ticks } from "../store";
import type { Item } from "../view";
import { useDesk } from "./context";
import { Files } from "./Files";
import { Face } from "./Header";
import * as Icon from "./icons";
import { Menu } from "./Menu";
import { RichText } from "./RichText";

function Status({ status }: { status: Ticks }) {
  const { texts } = useDesk();
  const picture = {
    pending: <Icon.Clock />, failed: <Icon.Alert />, stored: <Icon.TickOne />, delivered: <Icon.TickTwo />, read: <Icon.TickTwo />,
  }[status];
  return <span class="fd-ticks" data-status={status} role="img" aria-label={texts[status]}>{picture}</span>;
}

export interface RowProps {
  item: Item;
  first: boolean;
  last: boolean;
  /** The one message whose menu button takes part in the tab order; arrows move it. */
  current: boolean;
  view(file: FileInfo, src: string): void;
  react(id: string): void;
  jump(id: string): void;
}

export function MessageRow({ item, first, last, current, view, react, jump }: RowProps) {
  const { client, texts, formats, base } = useDesk();
  const [menu, setMenu] = useState<"" | "up" | "down">("");
  const button = useRef<HTMLButtonElement>(null);
  const mine = item.from === "me";
  const author = mine ? texts.you : item.who?.name ?? texts.operator;
  const big = !item.deleted && !item.html && !item.reply && item.text !== undefined && !item.files.length && !item.outFiles.length && onlyEmoji(item.text);
  const hasFiles = !item.deleted && item.files.length + item.outFiles.length > 0;

  const toggle = () => {
    if (menu) return setMenu("");
    const log = button.current!.closest(".fd-log")!.getBoundingClientRect();
    setMenu(button.current!.getBoundingClientRect().top - log.top > log.height / 2 ? "up" : "down");
  };
  const close = (refocus: boolean) => {
    setMenu("");
    if (refocus) button.current?.focus();
  };

  return (
    <div class="fd-message" data-id={item.id ?? ""} data-key={item.key} data-from={item.from} data-first={first || undefined} data-last={last || undefined}>
      {!mine && (last ? <Face who={item.who ?? { name: texts.operator }} base={base} /> : <span class="fd-face" />)}
      <div class="fd-body">
        {!mine && first && item.who && <div class="fd-name" aria-hidden="true">{item.who.name}</div>}
        <div class="fd-bubble" data-big={big || undefined} data-failed={item.failed ? "" : undefined} data-edited={(item.edited && !item.deleted) || undefined}>
          <span class="fd-hidden">{author}: </span>
          {item.reply && !item.deleted && (
            <button type="button" class="fd-quote" onClick={() => jump(item.reply!.id)}>
              <b>{item.reply.from === "me" ? texts.you : texts.operator}</b>
              <span dir="auto">{item.reply.text}</span>
            </button>
          )}
          {hasFiles && <Files files={item.files} outFiles={item.outFiles} view={view} />}
          {item.deleted ? <div class="fd-gone">{texts.deleted}</div> : item.text !== undefined && item.text !== "" && <RichText text={item.text} html={item.html} />}
          <div class="fd-meta">
            {item.edited && !item.deleted && <span>{texts.edited}</span>}
            <time dateTime={item.at} title={formats.full(item.at)}>{formats.time(item.at)}</time>
            {item.status && <Status status={item.failed ? "failed" : item.status} />}
          </div>
        </div>
        {item.reactions.length > 0 && !item.deleted && (
          <div class="fd-reacts">
            {item.reactions.map((r) => (
              <button type="button" aria-pressed={r.me} aria-label={`${fill(texts.react, { key: r.key })}, ${r.n}`} disabled={!item.id}
                onClick={() => void client.act({ act: "react", id: item.id!, key: r.key, on: !r.me })}>
                <span aria-hidden="true">{r.key}</span>{r.n > 1 && <span aria-hidden="true">{r.n}</span>}
              </button>
            ))}
          </div>
        )}
        {item.failed && (
          <div class="fd-failed" role="alert">
            <span>{item.failed.failed?.text || texts.notSent}</span>
            <button type="button" onClick={() => void client.outbox.retry(item.failed!)}>{texts.retry}</button>
            <button type="button" onClick={() => void client.discard(item.failed!)}>{texts.delete}</button>
          </div>
        )}
      </div>
      {item.id && !item.deleted && (
        <button type="button" class="fd-icon fd-act" ref={button} tabIndex={current || menu ? 0 : -1} aria-label={texts.more}
          aria-haspopup="menu" aria-expanded={menu !== ""} onClick={toggle}><Icon.More /></button>
      )}
      {menu && <Menu item={item} up={menu === "up"} close={close} more={() => react(item.id!)} />}
    </div>
  );
}
