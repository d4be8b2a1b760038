import type { CallTexts } from "../texts";

const en: CallTexts = {
  voice: "Voice call", video: "Video call", screen: "Screen sharing",
  inviteVoice: "{name} invites you to a voice call.",
  inviteVideo: "{name} invites you to a video call.",
  inviteScreen: "{name} invites you to share your screen. You choose what to show.",
  inviteShare: "{name} asks you to share your screen. You choose what to show.",
  noVoice: "Deny", yesVoice: "Allow", noVideo: "Decline", yesVideo: "Accept", noScreen: "Decline", yesScreen: "Accept",
  noCall: "Decline", yesCall: "Accept call",
  answering: "Answering…", joining: "Connecting…", waiting: "Connecting to the operator…", restoring: "Restoring the connection…",
  talking: "On a call", showing: "You are sharing your screen",
  elsewhere: "The call goes on in another window.", inWindow: "The call is open in its own window.", showWindow: "Show the window",
  blocked: "The browser did not open the call's window. You can talk right here.", ended: "Call ended", endedTalked: "Call ended · {time}",
  end: "End call", endScreen: "Stop sharing", shrink: "Shrink", restore: "Restore", move: "Call window. Arrow keys move it.",
  micOff: "Turn the microphone off", micOn: "Turn the microphone on", camOff: "Turn the camera off", camOn: "Turn the camera on",
  stopShare: "Stop sharing the screen", chooseAgain: "Share the screen again",
  micDenied: "No access to the microphone, you are not heard. Allow it for this page in the browser's settings.",
  micMissing: "No microphone was found, you are not heard. Connect one and try again.",
  micBusy: "Another program uses the microphone, you are not heard.",
  camDenied: "No access to the camera, you are not seen. Allow it for this page in the browser's settings.",
  camMissing: "No camera was found, you are not seen.", camBusy: "Another program uses the camera, you are not seen.", again: "Try again",
  screenCancelled: "No screen was chosen.", screenLost: "The page was loaded again, so sharing stopped.",
  cannotTalk: "This browser cannot make calls. The operator knows, please go on in the chat.",
  cannotShow: "This browser cannot share the screen. The operator knows, please go on in the chat.",
  unmute: "Turn sound on", you: "You", level: "Microphone level", silent: "microphone is off", operator: "Operator",
  close: "Close", closeWindow: "Close the window",
  lost: "This window lost the chat. Close it and answer the call from the chat.",
};

export default en;
