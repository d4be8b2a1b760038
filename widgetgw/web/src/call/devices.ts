/** Why there is no microphone, camera or screen: keys of the call's texts. */
export type Trouble = "denied" | "missing" | "busy" | "cancelled";

export const troubleOf = (e: unknown): Trouble => {
  switch ((e as { name?: string } | undefined)?.name) {
    case "NotAllowedError": case "SecurityError": return "denied";
    case "NotFoundError": case "OverconstrainedError": return "missing";
    case "AbortError": return "cancelled";
    default: return "busy";
  }
};

/** The browser's side of media, so that tests can do without. */
export interface Devices {
  microphone(): Promise<MediaStreamTrack>;
  camera(): Promise<MediaStreamTrack>;
  screen(): Promise<MediaStreamTrack>;
  canTalk: boolean;
  canShow: boolean;
}

const only = (stream: MediaStream): MediaStreamTrack => stream.getTracks()[0]!;

export const realDevices: Devices = {
  microphone: async () => only(await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } })),
  camera: async () => only(await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 }, facingMode: "user" } })),
  screen: async () => {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 15, max: 30 } }, audio: false });
    const track = only(stream);
    // Text is to be read: rather fewer pictures than blurred ones.
    track.contentHint = "detail";
    return track;
  },
  get canTalk() { return typeof RTCPeerConnection !== "undefined"; },
  get canShow() { return typeof RTCPeerConnection !== "undefined" && typeof navigator.mediaDevices?.getDisplayMedia === "function"; },
};
