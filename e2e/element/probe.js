// Called by the tests on the array of a page's RTCPeerConnections, in the page's own world, with the page's media elements: tells what flows.
// Sound is listened to for `span` ms; of that, the loudest moment counts, since what is sent are beeps.
async function look(found, span) {
  // Prototypes of subclasses are found too.
  const living = (o) => !Object.hasOwn(o, "constructor");
  const elements = found.filter(living);
  const memory = (globalThis.__looked ??= { context: new AudioContext(), tracks: new Map() });
  await memory.context.resume();
  const alive = this.filter((c) => living(c) && c.connectionState !== "closed");
  const played = (track) => elements.some((e) => !e.paused && !e.muted && e.volume > 0 && e.srcObject?.getTracks().includes(track));
  const shown = (track) => elements.some((e) => !e.paused && e.isConnected && e.videoWidth > 0 && e.srcObject?.getTracks().includes(track));

  const ear = (track) => {
    const at = memory.tracks.get(track);
    if (at) return at;
    // Chromium brings a remote track's sound only where an element consumes it.
    const sink = Object.assign(new Audio(), { muted: true, srcObject: new MediaStream([track]) });
    void sink.play().catch(() => {});
    const analyser = new AnalyserNode(memory.context, { fftSize: 4096, smoothingTimeConstant: 0 });
    new MediaStreamAudioSourceNode(memory.context, { mediaStream: sink.srcObject }).connect(analyser);
    const made = { sink, analyser, wave: new Float32Array(4096), bins: new Float32Array(2048) };
    memory.tracks.set(track, made);
    return made;
  };
  const eye = (track) => {
    const at = memory.tracks.get(track);
    if (at) return at;
    const video = Object.assign(document.createElement("video"), { muted: true, srcObject: new MediaStream([track]) });
    void video.play().catch(() => {});
    const pen = Object.assign(document.createElement("canvas"), { width: 8, height: 8 }).getContext("2d", { willReadFrequently: true });
    const made = { video, pen };
    memory.tracks.set(track, made);
    return made;
  };

  const result = { states: alive.map((c) => c.connectionState), in: [], out: [] };
  const heard = [];
  for (const connection of alive) {
    const stats = [...(await connection.getStats()).values()];
    for (const receiver of connection.getReceivers()) {
      const { track } = receiver;
      const rtp = stats.find((s) => s.type === "inbound-rtp" && s.trackIdentifier === track.id);
      if (!rtp || track.readyState === "ended") continue;
      const one = { kind: track.kind, mid: rtp.mid ?? "", packets: rtp.packetsReceived ?? 0, frames: rtp.framesDecoded ?? 0, energy: rtp.totalAudioEnergy ?? 0,
        width: rtp.frameWidth ?? 0, muted: track.muted, hertz: 0, loud: 0, colour: [0, 0, 0], played: track.kind === "audio" ? played(track) : shown(track) };
      if (track.kind === "audio") heard.push([one, ear(track)]);
      else {
        const { video, pen } = eye(track);
        pen.drawImage(video, 0, 0, 8, 8);
        const { data } = pen.getImageData(0, 0, 8, 8);
        one.colour = [0, 1, 2].map((channel) => data.filter((_, i) => i % 4 === channel).sort()[32]); // most of it, whatever moves before it
      }
      result.in.push(one);
    }
    for (const rtp of stats.filter((s) => s.type === "outbound-rtp")) {
      result.out.push({ kind: rtp.kind, packets: rtp.packetsSent ?? 0, bytes: rtp.bytesSent ?? 0, frames: rtp.framesEncoded ?? 0, active: rtp.active ?? true });
    }
  }
  const end = performance.now() + span;
  do {
    await new Promise((next) => setTimeout(next, 20));
    for (const [one, { analyser, wave, bins }] of heard) {
      analyser.getFloatTimeDomainData(wave);
      const loud = Math.sqrt(wave.reduce((sum, x) => sum + x * x, 0) / wave.length);
      if (loud <= one.loud) continue;
      analyser.getFloatFrequencyData(bins);
      let top = 1;
      for (let i = 2; i < bins.length; i++) if (bins[i] > bins[top]) top = i;
      one.loud = loud;
      one.hertz = (top * memory.context.sampleRate) / analyser.fftSize;
    }
  } while (performance.now() < end);
  return result;
}
