/** One stroke style for all icons; the viewBox is 24 unless said otherwise. */
const icon = (d: string, box = "0 0 24 24") => () => (
  <svg viewBox={box} aria-hidden="true" focusable="false"><path d={d} /></svg>
);

export const Close = icon("M6 6l12 12M18 6 6 18");
export const Star = icon("M12 3.6L14.5 9.4L20.7 10L16 14.1L17.4 20.2L12 17L6.6 20.2L8 14.1L3.3 10L9.5 9.4Z");
export const Fold = icon("m6 9.5 6 6 6-6");
export const Back = icon("M15 5.5 8.5 12l6.5 6.5");
export const Sun = icon("M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2.5v2M12 19.5v2M4.2 4.2l1.5 1.5M18.3 18.3l1.5 1.5M2.5 12h2M19.5 12h2M4.2 19.8l1.5-1.5M18.3 5.7l1.5-1.5");
export const Moon = icon("M20 14.2A8.3 8.3 0 0 1 9.8 4a8.3 8.3 0 1 0 10.2 10.2Z");
export const Sound = icon("M4 9.5v5h3.5L12 18.5v-13L7.5 9.5H4ZM15.5 9a4 4 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11");
export const Mute = icon("M4 9.5v5h3.5L12 18.5v-13L7.5 9.5H4ZM16 9.5l5 5M21 9.5l-5 5");
export const Clip = icon("m20 11.5-8.3 8.2a5.2 5.2 0 0 1-7.4-7.3l8.5-8.5a3.5 3.5 0 0 1 5 4.9l-8.5 8.5a1.7 1.7 0 0 1-2.5-2.4l7.8-7.8");
export const Smile = icon("M12 3.2a8.8 8.8 0 1 0 0 17.6 8.8 8.8 0 0 0 0-17.6ZM8.3 14.2a4.4 4.4 0 0 0 7.4 0M9 9.6v.4M15 9.6v.4");
export const Send = icon("M4.5 12 4 4.8 20.5 12 4 19.2 4.5 12Zm0 0h7.5");
export const Check = icon("m5 12.5 4.5 4.5L19.5 7");
export const More = icon("M12 5.5v.1M12 12v.1M12 18.5v.1");
export const Reply = icon("M9.5 6 4 11.5 9.5 17M4.5 11.5H14a6 6 0 0 1 6 6v1");
export const Copy = icon("M9 9h10.5v11H9zM15 9V4H4.5v11H9");
export const Pencil = icon("m4.5 19.5.8-4L16 4.8a2 2 0 0 1 2.9 0l.3.3a2 2 0 0 1 0 2.9L8.5 18.7l-4 .8Z");
export const Trash = icon("M4.5 6.5h15M9.5 6V4h5v2M6.5 6.5l.8 13.5h9.4l.8-13.5M10 10.5v5.5M14 10.5v5.5");
export const Paper = icon("M6 3h8l4.5 4.5V21H6V3ZM13.5 3v5h5");
export const Down = icon("M12 4v12M6.5 11l5.5 5.5 5.5-5.5M5 20.5h14");
export const ToBottom = icon("m6 9.5 6 6 6-6");
export const Bubble = icon("M20 11.5a7.5 7.5 0 0 1-7.5 7.5c-1.3 0-2.5-.3-3.6-.9L4 19.5l1.4-4.6A7.5 7.5 0 1 1 20 11.5ZM9 10h7M9 13.3h4.5");
export const TickOne = icon("m4 6.5 3.2 3.2L13.5 2.8", "0 0 17 12");
export const TickTwo = icon("m1.5 6.5 3.2 3.2L11 2.8M8.3 9.7 14.7 2.8", "0 0 17 12");
export const Clock = icon("M6 1.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6ZM6 3.5V6l1.6 1", "0 0 12 12");
export const Alert = icon("M6 1.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6ZM6 3.5v3M6 8.3v.1", "0 0 12 12");
