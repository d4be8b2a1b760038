import type { CallState } from "../protocol";

const EVERY = 3_000;
let audio: AudioContext | undefined;

/** Two calm rising notes, twice. Only a page that the visitor has touched may make a sound. */
function sound(): void {
  if (!(navigator as { userActivation?: UserActivation }).userActivation?.hasBeenActive) return;
  try {
    audio ??= new AudioContext();
    void audio.resume();
    const start = audio.currentTime + 0.03;
    for (const [delay, pitch] of [[0, 523.25], [0.22, 659.25], [0.7, 523.25], [0.92, 659.25]] as const) {
      const tone = audio.createOscillator();
      const gain = audio.createGain();
      tone.frequency.value = pitch;
      gain.gain.setValueAtTime(0, start + delay);
      gain.gain.linearRampToValueAtTime(0.09, start + delay + 0.04);
      gain.gain.exponentialRampToValueAtTime(0.0008, start + delay + 0.5);
      tone.connect(gain).connect(audio.destination);
      tone.start(start + delay);
      tone.stop(start + delay + 0.55);
    }
  } catch { /* no audio device */ }
}

/** Rings as long as it is told to; of several tabs one does. */
export class Bell {
  private timer: ReturnType<typeof setInterval> | undefined;
  constructor(private readonly siteKey: string) {}

  on(call: CallState | undefined): void {
    if (!call === !this.timer) return;
    clearInterval(this.timer);
    this.timer = undefined;
    if (!call) return;
    this.timer = setInterval(() => this.ring(), EVERY);
    this.ring();
  }

  private ring(): void {
    if (!navigator.locks) return sound();
    void navigator.locks.request(`frontdesk:${this.siteKey}:ring`, { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      sound();
      await new Promise((done) => setTimeout(done, EVERY - 200));
    });
  }
}
