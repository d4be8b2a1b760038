/** The frames of docs/widget-protocol.md, version 1. Field names are the wire's. */

export interface Person { name: string; avatar?: string }

export interface FileInfo {
  id: string;
  name: string;
  type: string;
  size: number;
  kind: "image" | "video" | "audio" | "file";
  w?: number;
  h?: number;
  ms?: number;
  url: string;
  thumb?: string;
}

export interface Reaction { key: string; n: number; me: boolean }
export interface Quote { id: string; text: string; from: From }
export type From = "me" | "staff" | "system";

export interface Message {
  id: string;
  seq: number;
  rev: number;
  from: From;
  who?: Person;
  at: string;
  text?: string;
  html?: string;
  files?: FileInfo[];
  reply?: Quote;
  edited?: string;
  deleted?: boolean;
  reactions?: Reaction[];
  cid?: string;
  status?: "stored" | "sent" | "seen";
  kind?: string;
}

/** A call that is not over. */
export interface CallState {
  id: string;
  kind: "voice" | "video" | "screen";
  state: "ringing" | "joining" | "active";
  who?: Person;
  /** The page that answered. */
  tab?: string;
  share?: "asked" | "on";
  since?: string;
}

/** Media sections of an SDP. */
export interface Mids { mic?: string; cam?: string; screen?: string }
export interface RtcPerson { id: string; who?: Person; mids: Mids; sound?: string; muted: { mic: boolean; cam: boolean } }
export type RtcFrame =
  | { t: "rtc_config"; call: string; ice: RTCIceServer[]; video: number; share: number }
  | { t: "rtc_answer"; call: string; n: number; sdp: string }
  | { t: "rtc_people"; call: string; people: RtcPerson[]; audio: number; video: number }
  | { t: "rtc_link"; call: string; up: boolean }
  | { t: "rtc_over"; call: string; code: string; text: string };

export interface DeskState {
  ticket?: { number: number | string; state: "choosing" | "waiting" | "assigned" | "closed" };
  operator?: Person;
  /** To choose from now. */
  topics?: { id: string; name: string }[];
  /** Of the closed ticket, as long as it may be given or changed. */
  rate?: { ticket: string; stars?: number; comment?: string };
  call?: CallState;
  online: boolean;
  hours?: string;
  staff_seen: number;
  staff_got: number;
  my_seen: number;
}

export interface Limits { text: number; file: number; files: number; types: string[] }

export interface Site {
  name: string;
  langs: string[];
  lang: string;
  texts: Record<string, string>;
  theme?: string | { mode?: string; accent?: string };
  limits: Limits;
}

export interface Welcome {
  t: "welcome";
  v: number;
  site: Site;
  state: DeskState;
  session?: { expires: string };
  rev: number;
  heartbeat: number;
  more: boolean;
}

export type ServerFrame =
  | Welcome
  | { t: "session"; cid: string; token: string; expires: string }
  | { t: "message"; m: Message }
  | { t: "state"; state: DeskState }
  | { t: "ack"; cid: string; id?: string; seq?: number }
  | { t: "nack"; cid: string; code: string; text: string }
  | { t: "history"; before: number; ms: Message[]; more: boolean }
  | { t: "typing"; on: boolean; who?: Person }
  | { t: "ping"; n: number }
  | { t: "pong"; n: number }
  | { t: "error"; code: string; text: string }
  | { t: "bye"; code: number; reason: string; again: number }
  | RtcFrame;

export interface ClientFrame { t: string; [field: string]: unknown }

/** What PUT /w/v1/uploads answers. */
export interface Uploaded {
  id: string;
  name: string;
  type: string;
  size: number;
  kind: FileInfo["kind"];
  w?: number;
  h?: number;
}

/** The server refuses client frames above 64 KiB; the slack is for field names and JSON escapes of ids. */
export const FRAME_LIMIT = 64 * 1024 - 512;
