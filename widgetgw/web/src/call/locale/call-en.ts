import type { CallTexts } from "../texts";

const en: CallTexts = {
  voice: { title: "Voice call", invite: "{name} invites you to a voice call.", no: "Deny", yes: "Allow" },
  video: { title: "Video call", invite: "{name} invites you to a video call.", no: "Decline", yes: "Accept" },
  screen: { title: "Screen sharing", invite: "{name} invites you to share your screen. You choose what to show.", no: "Decline", yes: "Accept" },
  inviteShare: "{name} asks you to share your screen. You choose what to show.",
  noCall: "Decline", yesCall: "Accept call",
  answering: "Answering…", joining: "Connecting…", waiting: "Connecting to the operator…", restoring: "Restoring the connection…",
  talking: "On a call", showing: "You are sharing your screen",
  elsewhere: "The call goes on in another window.", inWindow: "The call is open in its own window.", showWindow: "Show the window",
  blocked: "The browser did not open the call's window. You can talk right here.", ended: "Call ended", endedTalked: "Call ended · {time}",
  end: "End call", endScreen: "Stop sharing", shrink: "Shrink", restore: "Restore", move: "Call window. Arrow keys move it.",
  micOff: "Turn the microphone off", micOn: "Turn the microphone on", camOff: "Turn the camera off", camOn: "Turn the camera on",
  stopShare: "Stop sharing the screen", chooseAgain: "Share the screen again",
  mic: {
    denied: "No access to the microphone, you are not heard. Allow it for this page in the browser's settings.",
    missing: "No microphone was found, you are not heard. Connect one and try again.",
    busy: "Another program uses the microphone, you are not heard.",
    insecure: "No access to the microphone, you are not heard: browsers give it to pages with https only.",
  },
  cam: {
    denied: "No access to the camera, you are not seen. Allow it for this page in the browser's settings.",
    missing: "No camera was found, you are not seen.",
    busy: "Another program uses the camera, you are not seen.",
    insecure: "No access to the camera, you are not seen: browsers give it to pages with https only.",
  },
  again: "Try again",
  screenCancelled: "No screen was chosen.", screenLost: "The page was loaded again, so sharing stopped.",
  cannotTalk: "The browser cannot make calls on this page. The operator knows, please go on in the chat.",
  cannotShow: "This browser cannot share the screen. The operator knows, please go on in the chat.",
  unmute: "Turn sound on", you: "You", level: "Microphone level", silent: "microphone is off", operator: "Operator",
  close: "Close", closeWindow: "Close the window",
  lost: "This window lost the chat. Close it and answer the call from the chat.",
};

export default en;
