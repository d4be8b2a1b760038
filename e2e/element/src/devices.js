// Put before Element Call's own scripts: its camera, microphone and screen are those that the page around it names in `devices`.
import { picture, tone } from "./sources.js";

const devices = () => window.parent.devices;
const list = () => [
  { kind: "audioinput", deviceId: "microphone", groupId: "operator", label: "Microphone" },
  { kind: "videoinput", deviceId: "camera", groupId: "operator", label: "Camera" },
  { kind: "audiooutput", deviceId: "default", groupId: "operator", label: "Loudspeaker" },
].map((d) => ({ ...d, toJSON: () => d }));

/** LiveKit asks a track which device it came from. */
function from(track, deviceId) {
  const settings = track.getSettings.bind(track);
  track.getSettings = () => ({ ...settings(), deviceId });
  return track;
}

navigator.mediaDevices.enumerateDevices = async () => list();
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = new MediaStream();
  if (wanted?.audio) stream.addTrack(from(tone(devices().tone), "microphone"));
  if (wanted?.video) stream.addTrack(from(picture(devices().camera), "camera"));
  return stream;
};
navigator.mediaDevices.getDisplayMedia = async () => new MediaStream([picture(devices().screen)]);
