// Pictures and sounds that can be told apart after any number of encoders: one colour, one pitch.

/** A video track of one colour, with a square that moves, so that there is always something to encode. */
export function picture(colour, { width = 640, height = 360, rate = 15 } = {}) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const pen = canvas.getContext("2d");
  let tick = 0;
  const draw = () => {
    pen.fillStyle = colour;
    pen.fillRect(0, 0, width, height);
    pen.fillStyle = "#fff";
    pen.fillRect((tick++ * 8) % width, height - 24, 24, 24);
  };
  draw();
  const [track] = canvas.captureStream(rate).getVideoTracks();
  const timer = setInterval(() => (track.readyState === "ended" ? clearInterval(timer) : draw()), 1000 / rate);
  return track;
}

/** An audio track that beeps at one pitch: what sounds without a pause is taken for noise and suppressed. */
export function tone(hertz) {
  const context = new AudioContext({ sampleRate: 48000 });
  void context.resume();
  const oscillator = new OscillatorNode(context, { frequency: hertz });
  const gate = new OscillatorNode(context, { type: "square", frequency: 2 });
  const volume = new GainNode(context, { gain: 0.25 });
  const depth = new GainNode(context, { gain: 0.25 });
  const out = context.createMediaStreamDestination();
  gate.connect(depth).connect(volume.gain);
  oscillator.connect(volume).connect(out);
  oscillator.start();
  gate.start();
  const [track] = out.stream.getAudioTracks();
  return track;
}
