import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { FileInfo } from "../protocol";
import { items, rows } from "../view";
import { useDesk } from "./context";
import * as Icon from "./icons";
import { MessageRow } from "./MessageRow";
import { Rating } from "./Rating";
import { Topics } from "./Topics";

const AT_BOTTOM = 48;
const NEAR_TOP = 240;

interface Props { view(file: FileInfo, src: string): void; react(id: string): void; toField(): void; open: boolean }

export function Log({ view, react, toField, open }: Props) {
  const { client, texts, formats } = useDesk();
  const { store } = client;
  const box = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  /** Scroll state before the next change; `bottom` is the distance that must survive older messages coming in above. */
  const place = useRef({ stuck: true, top: 0, bottom: 0, oldest: "", newest: "", placed: false });
  const [away, setAway] = useState(false);
  const [readTo, setReadTo] = useState(0);
  const [current, setCurrent] = useState("");

  const list = items(store, client.outbox.entries);
  const shown = rows(list, formats.dayKey, client.receipts.divider);
  const { rate } = store.state;
  const end = shown[shown.length - 1];
  // The form for the rating says it as well.
  if (rate && end?.kind === "system" && store.get(end.key)?.kind === "closed") shown.pop();
  const oldest = list[0]?.key ?? "";
  const newest = list[list.length - 1];
  const acting = list.some((i) => i.key === current) ? current : [...list].reverse().find((i) => i.id && i.from !== "system")?.key;
  const empty = list.length === 0 && client.site !== undefined && !store.behind;

  const toBottom = () => { box.current!.scrollTop = box.current!.scrollHeight; };
  const onScroll = () => {
    const b = box.current!;
    const bottom = b.scrollHeight - b.scrollTop - b.clientHeight;
    place.current.bottom = bottom;
    // Content that grows under a programmatic scroll is not the visitor scrolling up.
    if (bottom < AT_BOTTOM) place.current.stuck = true;
    else if (b.scrollTop < place.current.top - 1) place.current.stuck = false;
    place.current.top = b.scrollTop;
    setAway(bottom > 160);
    if (place.current.stuck && newest) setReadTo(newest.seq);
    if (b.scrollTop < NEAR_TOP) client.loadOlder();
  };

  useLayoutEffect(() => {
    const p = place.current;
    const b = box.current!;
    if (!open || !list.length) return;
    const ownNew = newest!.key !== p.newest && newest!.from === "me";
    const mark = !p.placed ? inner.current!.querySelector(".fd-new") : null;
    if (mark) {
      mark.scrollIntoView({ block: "center" });
      p.stuck = false;
      onScroll();
    } else if (p.stuck || ownNew || !p.placed) toBottom();
    else if (oldest !== p.oldest) b.scrollTop = b.scrollHeight - b.clientHeight - p.bottom;
    p.placed ||= !store.behind;
    p.oldest = oldest;
    p.newest = newest!.key;
  });

  useEffect(() => {
    // Pictures arriving and the composer growing change heights without a rendering of the log.
    const observer = new ResizeObserver(() => { if (place.current.stuck) toBottom(); });
    observer.observe(inner.current!);
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    if (open && place.current.stuck) toBottom();
  }, [open]);

  const onKey = (e: KeyboardEvent) => {
    const at = e.target as HTMLElement;
    if (!at.classList.contains("fd-act") || (e.key !== "ArrowUp" && e.key !== "ArrowDown")) return;
    const all = [...inner.current!.querySelectorAll<HTMLElement>(".fd-act")];
    const next = all[all.indexOf(at) + (e.key === "ArrowUp" ? -1 : 1)];
    e.preventDefault();
    if (!next) return;
    setCurrent(next.closest<HTMLElement>(".fd-message")!.dataset.key!);
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };

  const jump = (id: string) => {
    inner.current!.querySelector(`[data-id="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "center", behavior: "smooth" });
  };

  const fresh = away ? list.filter((i) => i.from === "staff" && i.seq > readTo).length : 0;
  const { typing } = store;
  const typist = typing?.who ?? store.state.operator;

  return (
    <div class="fd-scroll">
      <div class="fd-log" ref={box} role="log" aria-live="polite" aria-relevant="additions text" aria-label={texts.messages}
        aria-busy={client.loadingOlder || store.behind} tabIndex={0} onScroll={onScroll} onKeyDown={onKey}>
        <div class={empty ? "fd-inner fd-fill" : "fd-inner"} ref={inner}>
          {empty && (
            <div class="fd-welcome">
              <i><Icon.Bubble /></i>
              <b>{texts.hello}</b>
              <p>{store.state.topics ? client.site!.texts.topics || texts.topics : texts.helloMore}</p>
              <Topics chosen={toField} />
            </div>
          )}
          {client.loadingOlder && <div class="fd-older"><i class="fd-spin" /><span class="fd-hidden">{texts.loading}</span></div>}
          {shown.map((row) => {
            switch (row.kind) {
              case "day": return <div class="fd-day" key={row.key}>{formats.day(row.at)}</div>;
              case "new": return <div class="fd-new" key={row.key}>{texts.newMessages}</div>;
              case "system": return <div class="fd-system" key={row.key} dir="auto">{row.text}</div>;
              case "message": return (
                <MessageRow key={row.key} item={row.item} first={row.first} last={row.last} current={row.key === acting}
                  view={view} react={react} jump={jump} />
              );
            }
          })}
          {!empty && <Topics chosen={toField} />}
          {rate && <Rating key={rate.ticket} rate={rate} />}
          {typing && (
            <div class="fd-message" data-from="typing" data-first="">
              <span class="fd-face" />
              <div class="fd-typing"><i /><i /><i /><span class="fd-hidden">
                {typist ? texts.typingWho.replace("{name}", typist.name) : texts.typing}
              </span></div>
            </div>
          )}
        </div>
      </div>
      {away && (
        <button type="button" class="fd-jump" aria-label={texts.toBottom} onClick={() => { toBottom(); box.current!.focus(); }}>
          <Icon.ToBottom />{fresh > 0 && <b>{fresh}</b>}
        </button>
      )}
    </div>
  );
}
