import type { ComponentChildren, JSX } from "preact";
import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import { initials } from "../format";
import { fill } from "../locale";
import type { CallState, Person } from "../protocol";
import type { Controller } from "./controller";
import type { Device } from "./devices";
import type { CallTexts } from "./texts";
import * as Icon from "./icons";

export interface View { c: Controller; texts: CallTexts; base: string }

export const nameOf = (who: Person | undefined, texts: CallTexts): string => who?.name || texts.operator;

/** Whom the visitor talks with. */
export const namesOf = ({ c, texts }: Pick<View, "c" | "texts">): string => {
  const people = c.leg?.people ?? [];
  return people.length > 1 ? people.map((p) => nameOf(p.who, texts)).join(", ") : nameOf(people[0]?.who ?? c.call?.who, texts);
};

/** The gateway's own addresses only. */
export function Face({ who, base }: { who: Person | undefined; base: string }) {
  let src: string | undefined;
  try {
    const url = who?.avatar ? new URL(who.avatar, base) : undefined;
    if (url?.origin === base) src = url.href;
  } catch { /* no address: no picture */ }
  return (
    <span class="fdc-face" aria-hidden="true">{src ? <img src={src} alt="" decoding="async" /> : who ? initials(who.name) : <Icon.Phone />}</span>
  );
}

export const shareOf = (call: CallState, texts: CallTexts): string => fill(texts.inviteShare, { name: nameOf(call.who, texts) });

export const clockText = (ms: number): string => {
  const all = Math.max(0, Math.floor(ms / 1_000));
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(all / 3_600);
  return `${hours ? `${hours}:` : ""}${two(Math.floor(all / 60) % 60)}:${two(all % 60)}`;
};

/** How long the call lasts; nothing before both sides were connected. */
export function Timer({ since }: { since: number | undefined }) {
  const [, tick] = useReducer<number, void>((n) => n + 1, 0);
  useEffect(() => {
    if (since === undefined) return;
    const timer = setInterval(tick, 1_000);
    return () => clearInterval(timer);
  }, [since]);
  return since === undefined ? null : <time class="fdc-time" role="timer">{clockText(Date.now() - since)}</time>;
}

export function statusOf({ c, texts }: Pick<View, "c" | "texts">): string {
  const { call, leg } = c;
  if (!call || !leg) return texts.joining;
  if (!leg.up) return call.state === "active" ? texts.restoring : texts.joining;
  if (!leg.linked) return call.state === "active" ? texts.restoring : texts.waiting;
  if (call.state !== "active") return texts.waiting;
  return c.screen ? texts.showing : texts.talking;
}

const BARS = 5;

/** What the microphone hears, so that the visitor sees that it does. */
export function Level({ track, label }: { track: MediaStreamTrack | undefined; label: string }) {
  const [level, setLevel] = useState(0);
  useEffect(() => {
    setLevel(0);
    if (!track) return;
    let audio: AudioContext;
    try { audio = new AudioContext(); } catch { return; }
    const analyser = audio.createAnalyser();
    analyser.fftSize = 512;
    audio.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const timer = setInterval(() => {
      if (audio.state === "suspended") void audio.resume().catch(() => {});
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, x) => sum + x * x, 0) / samples.length;
      // From −60 dB, a quiet room, to −15 dB, a loud voice.
      const decibels = 10 * Math.log10(power + 1e-9);
      setLevel(Math.max(0, Math.min(BARS, Math.round(((decibels + 60) / 45) * BARS))));
    }, 120);
    return () => {
      clearInterval(timer);
      void audio.close().catch(() => {});
    };
  }, [track]);
  return (
    <span class="fdc-level" role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={BARS} aria-valuenow={level} data-level={level}>
      {[1, 2, 3, 4, BARS].map((n) => <i key={n} data-on={n <= level || undefined} />)}
    </span>
  );
}

interface MediaProps { track: MediaStreamTrack; video?: boolean; own?: boolean; fit?: boolean; label?: string; blocked?(retry: () => void): void }

/** What is heard is an element of its own: pictures are silent, so that browsers let them play. */
export function Media({ track, video, own, fit, label, blocked }: MediaProps) {
  const ref = useRef<HTMLVideoElement & HTMLAudioElement>(null);
  useEffect(() => {
    const element = ref.current!;
    element.srcObject = new MediaStream([track]);
    if (video) element.muted = true;
    const play = () => void element.play().catch((e: unknown) => {
      if ((e as { name?: string }).name === "NotAllowedError") blocked?.(play);
    });
    play();
    return () => { element.srcObject = null; };
  }, [track]);
  if (!video) return <audio ref={ref} />;
  return <video ref={ref} playsInline muted aria-label={label} data-own={own || undefined} data-fit={fit || undefined} />;
}

interface ButtonProps { label: string; icon: JSX.Element; press(): void; pressed?: boolean; tone?: "end" | "off"; text?: boolean }

export function Round({ label, icon, press, pressed, tone, text }: ButtonProps) {
  return (
    <button type="button" class="fdc-round" data-tone={tone} aria-pressed={pressed} aria-label={text ? undefined : label} title={label} onClick={press}>
      {icon}{text && <span>{label}</span>}
    </button>
  );
}

export function Controls({ c, texts, children }: Pick<View, "c" | "texts"> & { children?: ComponentChildren }) {
  const kind = c.call?.kind;
  const toggle = (slot: Device, turnOn: string, turnOff: string, On: () => JSX.Element, Off: () => JSX.Element) => {
    const off = c.isOff(slot);
    return <Round label={off ? turnOn : turnOff} icon={off ? <Off /> : <On />} tone={off ? "off" : undefined} press={() => c.toggle(slot)} />;
  };
  return (
    <div class="fdc-controls">
      {kind !== "screen" && toggle("mic", texts.micOn, texts.micOff, Icon.Mic, Icon.MicOff)}
      {kind === "video" && toggle("cam", texts.camOn, texts.camOff, Icon.Cam, Icon.CamOff)}
      {kind !== "screen" && c.screen && <Round label={texts.stopShare} icon={<Icon.Screen />} tone="off" press={() => c.stopScreen()} />}
      {children}
      <Round label={kind === "screen" ? texts.endScreen : texts.end} icon={kind === "screen" ? <Icon.Close /> : <Icon.HangUp />} tone="end" press={() => c.hangUp()} />
    </div>
  );
}

/** What keeps the visitor from being heard or seen, and what asks for an answer inside of the call. */
export function Notes({ c, texts }: Pick<View, "c" | "texts">) {
  const { trouble, call } = c;
  const note = (text: string, ...buttons: [label: string, press: () => void, yes?: boolean][]) => (
    <div class="fdc-note" role="alert"><p>{text}</p>
      {buttons.length > 0 && <div>{buttons.map(([label, press, yes]) => <button type="button" class={yes ? "fdc-small fdc-yes" : "fdc-small"} key={label} onClick={press}>{label}</button>)}</div>}
    </div>
  );
  const cancelled = trouble.screen ? `${texts.screenCancelled} ` : "";
  return (
    <>
      {call?.share === "asked" && !c.screen && note(cancelled + shareOf(call, texts),
        [texts.screen.no, () => c.refuseShare()], [texts.screen.yes, () => void c.share(), true])}
      {call?.kind === "screen" && !c.screen && c.leg && note(cancelled + texts.screenLost, [texts.chooseAgain, () => void c.share()])}
      {trouble.mic && !c.off.mic && note(texts.mic[trouble.mic], [texts.again, () => void c.get("mic")])}
      {trouble.cam && !c.off.cam && note(texts.cam[trouble.cam], [texts.again, () => void c.get("cam")])}
    </>
  );
}
