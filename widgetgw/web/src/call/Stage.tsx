import { useEffect, useState } from "preact/hooks";
import { Face, Media, nameOf, type View } from "./parts";
import * as Icon from "./icons";

/** Everybody who is heard. Stands apart from the pictures, which a voice call does not show. */
export function Sound({ c, texts }: Pick<View, "c" | "texts">) {
  const [blocked, setBlocked] = useState<(() => void)[]>([]);
  const play = () => {
    if (blocked.length) setBlocked([]);
    for (const retry of blocked) retry();
  };
  // A page that may listen to the visitor may also be heard.
  useEffect(play, [c.mic, c.cam]);
  return (
    <>
      {c.leg?.people.map(({ id, mids, sound }) => [mids.mic, sound].map((mid, i) => {
        const heard = c.leg!.track(mid);
        return heard && <Media key={id + i} track={heard} blocked={(retry) => setBlocked((all) => [...all, retry])} />;
      }))}
      {blocked.length > 0 && <button type="button" class="fdc-small fdc-unmute" onClick={play}>{texts.unmute}</button>}
    </>
  );
}

/** Everybody who is seen: the staff, the own camera, the own screen. */
export function Stage({ c, texts, base }: View) {
  const { leg, call } = c;
  const people = leg?.people ?? [];
  const track = (mid: string | undefined) => leg?.track(mid);
  const seen = people.flatMap((p) => {
    const name = nameOf(p.who, texts);
    const shown = [
      { key: `${p.id} screen`, track: track(p.mids.screen), fit: true },
      { key: `${p.id} cam`, track: p.muted.cam ? undefined : track(p.mids.cam), fit: false },
    ];
    return shown.flatMap((v) => (v.track ? [{ ...v, track: v.track, name }] : []));
  });
  const faces = people.length ? people.map((p) => ({ id: p.id, who: p.who, silent: p.muted.mic })) : [{ id: "", who: call?.who, silent: false }];
  const own = c.screen ?? (c.off.cam ? undefined : c.cam);
  const alone = call?.kind === "screen";
  return (
    <div class="fdc-stage" data-kind={call?.kind} data-count={Math.min(seen.length, 4)}>
      {seen.map(({ key, track: t, fit, name }) => (
        <div class="fdc-seen" key={key}>
          <Media video track={t} fit={fit} label={name} />
          {people.length > 1 && <span aria-hidden="true">{name}</span>}
        </div>
      ))}
      {seen.length === 0 && !alone && (
        <div class="fdc-faces" data-live={leg?.linked || undefined}>
          {faces.slice(0, 4).map((f) => (
            <span key={f.id}><Face who={f.who} base={base} />{people.length > 1 && <small>{nameOf(f.who, texts)}</small>}{f.silent && <i title={texts.silent}><Icon.MicOff /></i>}</span>
          ))}
        </div>
      )}
      {own && <Media key="own" video own={true} fit={own === c.screen} track={own} label={texts.you} />}
    </div>
  );
}
