// Calls of the mock gateway: the desk's decisions in a few lines, and an operator who is a page of the same browser with a real
// RTCPeerConnection. What it sends is a tone and a moving picture; what it gets can be measured.

/** Code of the operator's page: answers offers as the relay does. */
async function operatorPage(page) {
  await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    canvas.width = 640;
    canvas.height = 400;
    const g = canvas.getContext("2d");
    let frame = 0;
    setInterval(() => {
      frame++;
      const fill = g.createLinearGradient(0, 0, 640, 400);
      fill.addColorStop(0, "#31456f");
      fill.addColorStop(1, "#8fa8d8");
      g.fillStyle = fill;
      g.fillRect(0, 0, 640, 400);
      g.fillStyle = "#f1d5bd";
      g.beginPath();
      g.arc(320, 170 + Math.sin(frame / 12) * 4, 78, 0, 7);
      g.fill();
      g.fillStyle = "#2c2440";
      g.fillRect(190, 270, 260, 140);
    }, 50);
    const audio = new AudioContext();
    const tone = audio.createOscillator();
    const out = audio.createMediaStreamDestination();
    tone.frequency.value = 440;
    tone.connect(out);
    tone.start();
    window.relay = { pcs: {}, joins: 0 };
    window.answer = async (key, sdp, mids, fresh) => {
      if (fresh) {
        window.relay.pcs[key]?.close();
        window.relay.pcs[key] = new RTCPeerConnection();
        window.relay.pcs[key].got = {};
      }
      const pc = window.relay.pcs[key];
      pc.ontrack = ({ transceiver, track }) => { pc.got[transceiver.mid] = track; };
      await pc.setRemoteDescription({ type: "offer", sdp });
      const own = Object.values(mids);
      const people = {};
      const more = {};
      for (const t of pc.getTransceivers()) {
        if (own.includes(t.mid) || t.stopped) continue;
        const kind = t.receiver.track.kind;
        if (t.direction === "recvonly" && !t.sender.track && /recv/.test(new RegExp(`a=mid:${t.mid}\\b[^]*?a=(sendonly|recvonly|sendrecv|inactive)`).exec(sdp)?.[1] ?? "")) {
          await t.sender.replaceTrack(kind === "audio" ? out.stream.getAudioTracks()[0] : canvas.captureStream(20).getVideoTracks()[0]);
          t.direction = "sendonly";
        }
        const name = kind === "audio" ? "mic" : "cam";
        if (t.sender.track) (people[name] ? more : people)[name] = t.mid;
      }
      await pc.setLocalDescription(await pc.createAnswer());
      if (pc.iceGatheringState !== "complete") await new Promise((done) => { pc.onicegatheringstatechange = () => pc.iceGatheringState === "complete" && done(); });
      return { sdp: pc.localDescription.sdp, mids: people, more };
    };
    window.received = async (key, mid) => {
      const pc = window.relay.pcs[key];
      const t = pc?.getTransceivers().find((x) => x.mid === mid);
      const stats = t ? [...(await t.receiver.getStats()).values()].find((s) => s.type === "inbound-rtp") : undefined;
      return { bytes: stats?.bytesReceived ?? 0, frames: stats?.framesDecoded ?? 0, energy: stats?.totalAudioEnergy ?? 0, state: pc?.connectionState };
    };
  });
}

/** Gives the mock calls; `ring` begins one. `page` is any page of the browser, for the operator. */
export async function withCalls(mock, page, { who = { name: "Марина Беседина" } } = {}) {
  await operatorPage(page);
  let number = 0;
  const calls = {
    /** One more operator in video calls. */
    second: undefined,
    mids: {}, mute: undefined, acts: [], joins: 0,
    get call() { return mock.conversation?.state.call; },
    ring(kind, extra = {}) {
      const call = { id: `call-number-${++number}`, kind, state: "ringing", who, ...extra };
      mock.conversation.setState({ call });
      return call;
    },
    change(fields) { mock.conversation.setState({ call: { ...calls.call, ...fields } }); },
    over(outcome) {
      mock.conversation.setState({ call: undefined });
      if (outcome) mock.conversation.add({ from: "system", kind: "call", text: outcome });
    },
    act(c, connection, frame) {
      const { cid, act } = frame;
      calls.acts.push(act);
      const call = c.state.call;
      const refused = { t: "nack", cid, code: "conflict", text: "Звонок завершён или продолжается в другом окне." };
      if (!call || call.id !== frame.call) return refused;
      if (act === "answer") {
        if (call.state !== "ringing") return refused;
        calls.change({ state: "joining", tab: connection.tab });
      } else if (act === "decline" || act === "unable") {
        if (call.state !== "ringing") { if (act === "unable") calls.change({ share: undefined }); else return refused; } else calls.over("Пропущенный звонок");
      } else if (act === "end") calls.over("Звонок завершён");
      else calls.change({ share: act === "share" ? "on" : undefined });
      return { t: "ack", cid };
    },
    async signal(connection, frame) {
      calls.connection = connection;
      const say = (t, fields) => connection.send({ t, call: frame.call, ...fields });
      if (calls.call?.id !== frame.call || calls.call.tab !== connection.tab) return say("rtc_over", { code: "conflict", text: "elsewhere" });
      if (frame.t === "rtc_join") {
        calls.joins++;
        return say("rtc_config", { ice: [], video: 1_200_000, share: 2_500_000 });
      }
      if (frame.t === "rtc_mute") calls.mute = { mic: frame.mic, cam: frame.cam };
      if (frame.t !== "rtc_offer") return;
      calls.mids = frame.mids;
      const answer = await page.evaluate(([key, sdp, mids, fresh]) => window.answer(key, sdp, mids, fresh), [frame.call, frame.sdp, frame.mids, frame.n === 1]);
      say("rtc_answer", { n: frame.n, sdp: answer.sdp });
      const people = [{ id: "p1", who, mids: answer.mids, muted: { mic: false, cam: !answer.mids.cam } }];
      if (calls.second) people.push({ id: "p2", who: calls.second, mids: answer.more, muted: { mic: true, cam: !answer.more.cam } });
      const each = calls.second && calls.call?.kind === "video" ? 2 : 1;
      say("rtc_people", { audio: each, video: calls.call?.kind === "video" ? each : 0, people });
      say("rtc_link", { up: true });
      if (calls.call?.state === "joining") calls.change({ state: "active", since: new Date().toISOString() });
    },
    /** The relay gives up. */
    fail(text) {
      calls.connection.send({ t: "rtc_over", call: calls.call.id, code: "sfu", text });
      calls.over();
    },
    /** The relay is killed without a word. */
    forget: () => page.evaluate(() => { for (const pc of Object.values(window.relay.pcs)) pc.close(); }),
    /** What the operator has received of the visitor's. */
    received: (slot) => page.evaluate(([key, mid]) => window.received(key, mid), [calls.call?.id, calls.mids[slot]]),
  };
  mock.calls = calls;
  return calls;
}
