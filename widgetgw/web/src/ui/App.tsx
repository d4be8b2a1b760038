import type { ComponentType } from "preact";
import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import type { FileInfo } from "../protocol";
import { Composer } from "./Composer";
import { DeskContext, type Desk } from "./context";
import { Viewer } from "./Files";
import { Header, type Switches } from "./Header";
import * as Icon from "./icons";
import { Log } from "./Log";
import { Strip } from "./Strip";

type PickerProps = { choose(emoji: string): void; close(): void };

interface Props {
  desk: Desk;
  open: boolean;
  /** Grows with every wish to have the text field focused. */
  focus: number;
  /** Covers the page: a modal dialog with the focus kept inside. */
  modal: boolean;
  switches: Switches;
}

const FOCUSABLE = "button:not(:disabled):not([tabindex='-1']),a[href],textarea,input,[tabindex='0'],audio,video";

export function App({ desk, open, focus, modal, switches }: Props) {
  const { client, draft, texts } = desk;
  const [, redraw] = useReducer<number, void>((n) => n + 1, 0);
  const [viewed, setViewed] = useState<{ file: FileInfo; src: string }>();
  const [Picker, setPicker] = useState<ComponentType<PickerProps>>();
  /** What the picker is open for: the composer, or a reaction to a message. */
  const [picking, setPicking] = useState<"" | "text" | { react: string }>("");
  const [dropping, setDropping] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const beforeViewer = useRef<HTMLElement | null>(null);

  const toField = () => (modal ? panel : field).current?.focus({ preventScroll: true });
  useEffect(() => client.subscribe(redraw), [client]);
  useEffect(() => {
    if (!open || !focus) return;
    // On a phone the text field would raise the keyboard over the conversation.
    toField();
  }, [open, focus]);

  const active = () => (panel.current!.getRootNode() as ShadowRoot).activeElement as HTMLElement;
  const view = (file: FileInfo, src: string) => {
    beforeViewer.current = active();
    setViewed({ file, src });
  };
  const closeViewer = () => {
    setViewed(undefined);
    beforeViewer.current?.focus();
  };
  const pick = (target: typeof picking) => {
    setPicking(target);
    if (target && !Picker) {
      import("./Picker").then((m) => setPicker(() => m.Picker), () => setPicking(""));
    }
  };
  const closePicker = () => {
    setPicking("");
    field.current?.focus();
  };
  const choose = (emoji: string) => {
    if (typeof picking === "object") {
      void client.act({ act: "react", id: picking.react, key: emoji, on: true });
      return closePicker();
    }
    const text = field.current!;
    const { selectionStart: from, selectionEnd: to } = text;
    draft.setText(draft.text.slice(0, from) + emoji + draft.text.slice(to));
    queueMicrotask(() => text.setSelectionRange(from + emoji.length, from + emoji.length));
  };

  const onKey = (e: KeyboardEvent) => {
    if (e.key === "Escape" && !e.defaultPrevented) desk.fold();
    if (e.key === "Tab" && modal) {
      const all = [...panel.current!.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((el) => el.getClientRects().length);
      const edge = e.shiftKey ? all[0] : all[all.length - 1];
      if (active() === edge || (e.shiftKey && active() === panel.current)) {
        e.preventDefault();
        (e.shiftKey ? all[all.length - 1] : all[0])?.focus();
      }
    }
  };

  const carriesFiles = (e: DragEvent) => e.dataTransfer?.types.includes("Files") ?? false;
  return (
    <DeskContext.Provider value={desk}>
      <div class="fd-panel" part="panel" ref={panel} tabIndex={-1} role="dialog" aria-modal={modal} aria-labelledby="fd-title" dir={texts.dir ?? "ltr"}
        lang={desk.lang} data-theme={switches.dark ? "dark" : "light"} onKeyDown={onKey}
        onDragOver={(e) => { if (carriesFiles(e)) { e.preventDefault(); setDropping(true); } }}
        onDragLeave={(e) => { if (!panel.current!.contains(e.relatedTarget as Node | null)) setDropping(false); }}
        onDrop={(e) => {
          if (!carriesFiles(e)) return;
          e.preventDefault();
          setDropping(false);
          draft.attach([...e.dataTransfer!.files]);
          field.current?.focus();
        }}>
        <Header {...switches} />
        <Strip />
        {desk.Call && <desk.Call />}
        <Log open={open} view={view} react={(id) => pick({ react: id })} toField={toField} />
        <div class="fd-foot">
          {picking && Picker && <Picker choose={choose} close={closePicker} />}
          <Composer field={field} picking={picking !== ""} pick={() => (picking ? closePicker() : pick("text"))} />
        </div>
        {dropping && <div class="fd-drop"><Icon.Clip />{texts.dropHere}</div>}
        {viewed && <Viewer {...viewed} close={closeViewer} />}
      </div>
    </DeskContext.Provider>
  );
}
