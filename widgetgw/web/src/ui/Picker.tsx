import { useEffect, useRef, useState } from "preact/hooks";
import { GROUPS } from "../emoji";
import { useDesk } from "./context";

const COLUMNS = 8;

/** Tabs over a grid, each with one place in the tab order and arrows inside. */
export function Picker({ choose, close }: { choose(emoji: string): void; close(): void }) {
  const { texts } = useDesk();
  const [group, setGroup] = useState(0);
  const [at, setAt] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  const emoji = GROUPS[group]!;

  useEffect(() => {
    grid.current!.querySelector("button")?.focus();
    const root = box.current!.getRootNode() as ShadowRoot;
    const outside = (e: Event) => {
      const target = e.target as HTMLElement;
      if (!box.current?.contains(target) && !target.closest(".fd-smile")) close();
    };
    root.addEventListener("pointerdown", outside);
    return () => root.removeEventListener("pointerdown", outside);
  }, []);
  useEffect(() => { grid.current!.scrollTop = 0; }, [group]);

  const go = (to: number) => {
    const place = Math.min(Math.max(to, 0), emoji.length - 1);
    setAt(place);
    (grid.current!.children[place] as HTMLElement | undefined)?.focus();
  };
  const step = (e: KeyboardEvent) => (getComputedStyle(box.current!).direction === "rtl" ? -1 : 1) * (e.key === "ArrowRight" ? 1 : -1);

  const onGrid = (e: KeyboardEvent) => {
    switch (e.key) {
      case "ArrowRight":
      case "ArrowLeft": go(at + step(e)); break;
      case "ArrowDown": go(at + COLUMNS); break;
      case "ArrowUp": go(at - COLUMNS); break;
      case "Home": go(0); break;
      case "End": go(emoji.length - 1); break;
      default: return;
    }
    e.preventDefault();
  };
  const onTabs = (e: KeyboardEvent) => {
    if (e.key !== "ArrowRight" && e.key !== "ArrowLeft") return;
    const to = (group + step(e) + GROUPS.length) % GROUPS.length;
    e.preventDefault();
    setGroup(to);
    setAt(0);
    ((e.currentTarget as HTMLElement).children[to] as HTMLElement).focus();
  };

  return (
    <div class="fd-picker" role="dialog" aria-label={texts.emoji} ref={box}
      onKeyDown={(e) => { if (e.key === "Escape") { e.stopPropagation(); close(); } }}>
      <div class="fd-cats" role="tablist" onKeyDown={onTabs}>
        {GROUPS.map((g, i) => (
          <button type="button" role="tab" aria-selected={i === group} tabIndex={i === group ? 0 : -1} aria-label={texts.emojiGroups[i]}
            title={texts.emojiGroups[i]} onClick={() => { setGroup(i); setAt(0); }}>{g[0]}</button>
        ))}
      </div>
      <div class="fd-grid" role="tabpanel" aria-label={texts.emojiGroups[group]} ref={grid} onKeyDown={onGrid}>
        {emoji.map((e, i) => <button type="button" key={e} tabIndex={i === at ? 0 : -1} onClick={() => choose(e)}>{e}</button>)}
      </div>
    </div>
  );
}
