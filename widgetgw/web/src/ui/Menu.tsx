import { useEffect, useRef } from "preact/hooks";
import { fill } from "../locale";
import type { Item } from "../view";
import { useDesk } from "./context";
import * as Icon from "./icons";

const QUICK = ["👍", "❤️", "😂", "😮", "🙏"];

/** The actions on one message: a menu in the ARIA sense, closed by Esc, Tab or a click elsewhere. */
export function Menu({ item, up, close, more }: { item: Item; up: boolean; close(refocus: boolean): void; more(): void }) {
  const { client, draft, texts } = useDesk();
  const box = useRef<HTMLDivElement>(null);
  const mine = item.from === "me";

  const buttons = () => [...box.current!.querySelectorAll("button")];
  useEffect(() => {
    buttons()[0]?.focus();
    const root = box.current!.getRootNode() as ShadowRoot;
    const outside = (e: Event) => { if (!box.current?.contains(e.target as globalThis.Node)) close(false); };
    root.addEventListener("pointerdown", outside);
    return () => root.removeEventListener("pointerdown", outside);
  }, []);

  const onKey = (e: KeyboardEvent) => {
    const all = buttons();
    const at = all.indexOf((box.current!.getRootNode() as ShadowRoot).activeElement as HTMLButtonElement);
    const go = (to: number) => { e.preventDefault(); all[(to + all.length) % all.length]?.focus(); };
    if (e.key === "ArrowDown" || e.key === "ArrowRight") go(at + 1);
    else if (e.key === "ArrowUp" || e.key === "ArrowLeft") go(at - 1);
    else if (e.key === "Home") go(0);
    else if (e.key === "End") go(-1);
    else if (e.key === "Tab") close(true);
    else if (e.key === "Escape") close(true);
    else return;
    e.stopPropagation();
  };

  const act = (fn: () => void, refocus = true) => () => { close(refocus); fn(); };
  const react = (key: string) => act(() => {
    const on = !item.reactions.some((r) => r.key === key && r.me);
    void client.act({ act: "react", id: item.id!, key, on });
  });
  const row = (icon: preact.JSX.Element, label: string, fn: () => void, danger = false) => (
    <button type="button" role="menuitem" tabIndex={-1} class={danger ? "fd-danger" : undefined} onClick={fn}>{icon}{label}</button>
  );
  const quote = () => draft.quote({ id: item.id!, from: item.from, text: item.text ?? item.files[0]?.name ?? "" });

  return (
    <div class="fd-menu" role="menu" aria-label={texts.more} ref={box} onKeyDown={onKey} data-mine={mine || undefined} data-up={up || undefined}>
      <div role="group">
        {QUICK.map((key) => (
          <button type="button" role="menuitem" tabIndex={-1} aria-label={fill(texts.react, { key })} onClick={react(key)}>{key}</button>
        ))}
        <button type="button" role="menuitem" tabIndex={-1} aria-label={texts.emoji} onClick={act(more, false)}><Icon.Smile /></button>
      </div>
      {row(<Icon.Reply />, texts.reply, act(quote, false))}
      {item.text && row(<Icon.Copy />, texts.copy, act(() => void navigator.clipboard?.writeText(item.text!).catch(() => {})))}
      {mine && item.text && row(<Icon.Pencil />, texts.edit, act(() => draft.edit(item.id!, item.text!), false))}
      {mine && row(<Icon.Trash />, texts.delete, act(() => void client.act({ act: "delete", id: item.id! })), true)}
    </div>
  );
}
