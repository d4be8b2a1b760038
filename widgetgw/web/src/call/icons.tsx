const icon = (d: string, turned?: boolean) => () => (
  <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false" data-turned={turned}><path d={d} /></svg>
);

const MIC = "M12 3.5a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0v-5a3 3 0 0 0-3-3ZM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3";
const CAM = "M4.5 6.5h8A2.5 2.5 0 0 1 15 9v6a2.5 2.5 0 0 1-2.5 2.5h-8A2.5 2.5 0 0 1 2 15V9a2.5 2.5 0 0 1 2.5-2.5ZM15 11l6-3.5v9L15 13";
const PHONE = "M6.6 3.5 9 4l1.2 4-2 1.8a12 12 0 0 0 6 6l1.8-2 4 1.2.5 2.4c.2 1.6-1 3.1-2.6 3.1C10 20.5 3.5 14 3.5 6.1 3.5 4.5 5 3.3 6.6 3.5Z";
const SLASH = "M3.5 3.5l17 17";
export const Phone = icon(PHONE);
export const HangUp = icon(PHONE, true);
export const Mic = icon(MIC);
export const MicOff = icon(MIC + SLASH);
export const Cam = icon(CAM);
export const CamOff = icon(CAM + SLASH);
export const Screen = icon("M3.5 5h17v11h-17ZM8.5 20h7M12 16v4");
export const Shrink = icon("M14 10h6M14 10V4M14 10l6.5-6.5M10 14H4M10 14v6M10 14l-6.5 6.5");
export const Grow = icon("M14.5 3.5h6v6M20.5 3.5 14 10M9.5 20.5h-6v-6M3.5 20.5 10 14");
export const Close = icon("M6 6l12 12M18 6 6 18");
