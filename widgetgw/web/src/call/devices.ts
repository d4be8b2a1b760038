/** Why there is no microphone or camera. */
export type Trouble = "denied" | "missing" | "busy" | "insecure";
export type Device = "mic" | "cam";

export const troubleOf = (e: unknown): Trouble => {
  switch ((e as { name?: string } | undefined)?.name) {
    case "NotAllowedError": case "SecurityError": return "denied";
    case "NotFoundError": case "OverconstrainedError": return "missing";
    case "TypeError": return "insecure"; // such a page has no mediaDevices
    default: return "busy";
  }
};

/** The browser's side of media, so that tests can do without. */
export interface Devices {
  /** All of them or none, by one question. */
  capture(devices: Device[]): Promise<MediaStreamTrack[]>;
  screen(): Promise<MediaStreamTrack>;
  /** At all; to talk takes a microphone besides, which only secure pages have. */
  canConnect: boolean;
  canTalk: boolean;
  canShow: boolean;
}

export const realDevices: Devices = {
  capture: async (devices) => (await navigator.mediaDevices.getUserMedia({
    audio: devices.includes("mic") && { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    video: devices.includes("cam") && { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 }, facingMode: "user" },
  })).getTracks(),
  screen: async () => {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 15, max: 30 } }, audio: false });
    const track = stream.getTracks()[0]!;
    // Text is to be read: rather fewer pictures than blurred ones.
    track.contentHint = "detail";
    return track;
  },
  get canConnect() { return typeof RTCPeerConnection !== "undefined"; },
  get canTalk() { return this.canConnect && !!navigator.mediaDevices?.getUserMedia; },
  get canShow() { return this.canConnect && !!navigator.mediaDevices?.getDisplayMedia; },
};
