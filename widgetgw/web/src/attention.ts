/** Sound and title: ways to reach a visitor who looks elsewhere. */

let audio: AudioContext | undefined;

/** Two soft notes, made on the spot. Browsers allow it because the visitor has pressed the launcher before. */
function chime(): void {
  try {
    audio ??= new AudioContext();
    void audio.resume();
    const start = audio.currentTime + 0.02;
    for (const [delay, pitch] of [[0, 784], [0.13, 1046.5]] as const) {
      const tone = audio.createOscillator();
      const gain = audio.createGain();
      tone.frequency.value = pitch;
      gain.gain.setValueAtTime(0, start + delay);
      gain.gain.linearRampToValueAtTime(0.12, start + delay + 0.015);
      gain.gain.exponentialRampToValueAtTime(0.0008, start + delay + 0.42);
      tone.connect(gain).connect(audio.destination);
      tone.start(start + delay);
      tone.stop(start + delay + 0.45);
    }
  } catch { /* no audio device */ }
}

const PAUSE = 1_500;
let last = 0;

/** One chime for a burst, and one for all tabs: the first to get the lock plays. */
export function play(siteKey: string): void {
  if (Date.now() - last < PAUSE) return;
  last = Date.now();
  if (!navigator.locks) return chime();
  void navigator.locks.request(`frontdesk:${siteKey}:sound`, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    chime();
    await new Promise((done) => setTimeout(done, PAUSE));
  });
}

/** Blinks the page's title while there is something unread in a hidden tab, and gives it back untouched. */
export class TitleBlink {
  private timer: ReturnType<typeof setInterval> | undefined;
  private original = "";
  private ours = "";

  show(text: string): void {
    this.ours = text;
    if (this.timer) return;
    this.original = document.title;
    this.timer = setInterval(() => {
      // The page may set a new title meanwhile; that one is then the one to give back.
      if (document.title !== this.ours && document.title !== this.original) this.original = document.title;
      document.title = document.title === this.ours ? this.original : this.ours;
    }, 1_200);
  }

  clear(): void {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = undefined;
    if (document.title === this.ours) document.title = this.original;
  }
}
