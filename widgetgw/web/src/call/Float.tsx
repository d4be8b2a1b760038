import { useEffect, useRef, useState } from "preact/hooks";
import { Controls, Level, namesOf, Notes, Round, statusOf, Timer, type View } from "./parts";
import { Sound, Stage } from "./Stage";
import * as Icon from "./icons";

const STEP = 24;
/** So much of the element stays on the page. */
const EDGE = 8;

/** Where the element was moved to; CSS cannot be set inline under a strict policy, so it goes through a sheet. */
function usePlace(sheet: CSSStyleSheet, shape: string) {
  const ref = useRef<HTMLDivElement>(null);
  const place = useRef({ x: 0, y: 0, moved: false });
  const put = (x: number, y: number) => {
    const box = ref.current!.getBoundingClientRect();
    const most = (room: number, size: number) => Math.max(EDGE, room - size - EDGE);
    place.current = {
      x: Math.max(EDGE, Math.min(x, most(innerWidth, box.width))), y: Math.max(EDGE, Math.min(y, most(innerHeight, box.height))), moved: true,
    };
    sheet.replaceSync(`:host(:not(#fd)){inset:${place.current.y}px auto auto ${place.current.x}px !important}`);
  };
  const again = () => { if (place.current.moved) put(place.current.x, place.current.y); };
  useEffect(again, [shape]);
  useEffect(() => {
    addEventListener("resize", again);
    return () => removeEventListener("resize", again);
  }, []);

  const drag = (e: PointerEvent) => {
    if (e.button !== 0 || (e.target as Element).closest("button")) return;
    const element = ref.current!;
    const box = element.getBoundingClientRect();
    const [dx, dy] = [e.clientX - box.x, e.clientY - box.y];
    element.setPointerCapture(e.pointerId);
    const move = (m: PointerEvent) => put(m.clientX - dx, m.clientY - dy);
    element.addEventListener("pointermove", move);
    element.addEventListener("lostpointercapture", () => element.removeEventListener("pointermove", move), { once: true });
  };
  const keys: Record<string, [number, number]> = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
  const nudge = (e: KeyboardEvent) => {
    const by = keys[e.key];
    if (!by || e.target !== ref.current) return;
    e.preventDefault();
    const box = ref.current!.getBoundingClientRect();
    put(box.x + by[0], box.y + by[1]);
  };
  return { ref, drag, nudge };
}

/** The running call on the page: can be moved, shrunk and restored. */
export function Float(props: View & { sheet: CSSStyleSheet }) {
  const { c, texts, sheet } = props;
  const [small, setSmall] = useState(false);
  const { call } = c;
  useEffect(() => { if (call?.share === "asked") setSmall(false); }, [call?.share]);
  const { ref, drag, nudge } = usePlace(sheet, `${small} ${call?.kind}`);
  if (!call) return null;
  const voice = call.kind === "voice";
  const status = statusOf(props);
  const title = call.kind === "screen" ? texts.showing : namesOf(props);
  const noVideo = voice && !c.screen && !c.leg?.people.some((p) => p.mids.screen || p.mids.cam);
  return (
    <div class="fdc-float" ref={ref} role="group" tabIndex={0} aria-label={texts.move} data-kind={call.kind} data-small={small || undefined} data-bar={noVideo || undefined}
      onPointerDown={drag} onKeyDown={nudge}>
      <Stage {...props} />
      <Sound {...props} />
      <div class="fdc-top">
        <span class="fdc-who"><b>{title}</b><small role="status">{status === title ? "" : status}</small></span>
        <Timer since={c.since} />
      </div>
      {!small && <Notes {...props} />}
      <div class="fdc-bottom">
        {call.kind !== "screen" && !small && <Level track={c.off.mic ? undefined : c.mic} label={texts.level} />}
        <Controls {...props}>
          <Round label={small ? texts.restore : texts.shrink} icon={small ? <Icon.Grow /> : <Icon.Shrink />} press={() => setSmall(!small)} />
        </Controls>
      </div>
    </div>
  );
}
