// An operator on the code that Element Call is made of: matrix-js-sdk's MatrixRTC session and LiveKit's client. Tests call `operator`.
import { MatrixRTCSessionEvent } from "matrix-js-sdk/lib/matrixrtc";
import { Room, RoomEvent, Track } from "livekit-client";
import { connect, room as joined } from "./matrix.js";
import { picture, tone } from "./sources.js";

let client, session, call, sources;
const seen = { rang: false, link: [] };

const kinds = { mic: Track.Source.Microphone, cam: Track.Source.Camera, screen: Track.Source.ScreenShare };

async function service() {
  const [transport] = await client._unstable_getRTCTransports();
  return transport.livekit_service_url;
}

/** Asks the token service for a way to the SFU, as Element Call does for members by state events, or by sticky ones. */
async function ticket(url, room, { userId, deviceId, memberId }, sticky) {
  const openid_token = await client.getOpenIdToken();
  const member = { id: memberId, claimed_user_id: userId, claimed_device_id: deviceId };
  const response = await fetch(`${url}/${sticky ? "get_token" : "sfu/get"}`, {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify(sticky ? { room_id: room, slot_id: "m.call#ROOM", openid_token, member } : { room, device_id: deviceId, openid_token }),
  });
  if (!response.ok) throw new Error(`the token service says ${response.status}: ${await response.text()}`);
  return response.json();
}

function show(track, participant) {
  const element = track.attach();
  element.dataset.from = participant.identity;
  document.body.append(element);
}

window.operator = {
  async start(account) {
    client = await connect(account);
    return client.getUserId();
  },

  /**
   * Comes into the session of a room with the devices given: {tone, camera, screen}. intent is "audio" or "video". sticky: its membership is a sticky
   * event. codec: of its camera, backup: which is sent as VP8 too where somebody needs it.
   */
  async join({ room: id, intent, notify, devices, sticky = false, codec = "vp8", backup = false }) {
    const room = await joined(client, id);
    sources = devices;
    seen.link = [];
    const url = await service();
    session = client.matrixRTC.getRoomSession(room);
    session.on(MatrixRTCSessionEvent.DidSendCallNotification, () => { seen.rang = true; });
    const own = { userId: client.getUserId(), deviceId: client.getDeviceId(), memberId: sticky ? crypto.randomUUID() : `${client.getUserId()}:${client.getDeviceId()}` };
    const transport = { type: "livekit", livekit_service_url: url, livekit_alias: id };
    session.joinRTCSession(own, [transport], transport, {
      notificationType: notify, callIntent: intent, manageMediaKeys: false, unstableSendStickyEvents: sticky,
      delayedLeaveEventDelayMs: 18000, delayedLeaveEventRestartMs: 4000, // as in Element Call
    });
    const { url: sfu, jwt } = await ticket(url, id, own, sticky);
    call = new Room({ adaptiveStream: false, dynacast: true, publishDefaults: { videoCodec: "vp8", red: false, dtx: true } });
    call.on(RoomEvent.TrackSubscribed, (track, _, participant) => show(track, participant));
    call.on(RoomEvent.TrackUnsubscribed, (track) => track.detach().forEach((e) => e.remove()));
    for (const [event, name] of [[RoomEvent.Reconnecting, "reconnecting"], [RoomEvent.Reconnected, "reconnected"], [RoomEvent.Disconnected, "disconnected"]]) {
      call.on(event, () => seen.link.push(name));
    }
    await call.connect(sfu, jwt);
    if (devices.tone) await call.localParticipant.publishTrack(tone(devices.tone), { source: kinds.mic });
    if (devices.camera) await call.localParticipant.publishTrack(picture(devices.camera), { source: kinds.cam, videoCodec: codec, backupCodec: backup });
    return true;
  },

  async share() {
    await call.localParticipant.publishTrack(picture(sources.screen), { source: kinds.screen });
    if (sources.sound) await call.localParticipant.publishTrack(tone(sources.sound), { source: Track.Source.ScreenShareAudio });
    return true;
  },

  /** Switches "mic" or "cam" off and on. */
  async mute(kind, off) {
    const publication = call.localParticipant.getTrackPublication(kinds[kind]);
    await (off ? publication.mute() : publication.unmute());
    return true;
  },

  async leave() {
    const told = await session.leaveRoomSession(10000);
    await call?.disconnect();
    return told;
  },

  /** What Element would show: members of the session, and which of them are connected, with their tracks. */
  look() {
    const people = [...(call?.remoteParticipants.values() ?? [])];
    return {
      rang: seen.rang,
      link: [...seen.link],
      connected: call?.state ?? "none",
      members: (session?.memberships ?? []).map((m) => ({ user: m.sender, device: m.deviceId, identity: m.rtcBackendIdentity, intent: m.callIntent ?? "" })),
      people: people.map((p) => ({
        identity: p.identity,
        speaking: p.isSpeaking,
        tracks: [...p.trackPublications.values()].map((t) => ({ source: t.source, muted: t.isMuted, subscribed: t.isSubscribed, sid: t.trackSid })),
      })),
    };
  },
};
