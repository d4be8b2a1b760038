/** What to do after a close, by code: the table of docs/widget-protocol.md. */
export interface ClosePolicy {
  again: boolean;
  /** Earliest moment of the next attempt, in ms after the close; not even `online` or focus come earlier. */
  floor: number;
  /** The back-off does not grow: the server asked for a quick return. */
  quick?: boolean;
  /** The session token is dead. */
  forget?: boolean;
  /** The frame that was under way must not be repeated. */
  dropFrame?: boolean;
}

export const CLOSE = {
  goingAway: 1001, tooBig: 1009, badFrame: 4000, helloTimeout: 4001, badVersion: 4002, slowReader: 4003,
  heartbeat: 4004, tooMany: 4005, flood: 4006, internal: 4007, badToken: 4010, badSite: 4011, badOrigin: 4012,
  revoked: 4013, replaced: 4014,
  /** Ours: the client gave the connection up. Never sent by a server. */
  dead: 4900,
  /** Ours: the page's CSP forbids the socket; no use in trying it again. */
  blocked: 4901,
} as const;

const yes: ClosePolicy = { again: true, floor: 0 };
const no: ClosePolicy = { again: false, floor: 0 };

const TABLE: Record<number, ClosePolicy> = {
  [CLOSE.goingAway]: { again: true, floor: 0, quick: true },
  [CLOSE.tooBig]: { again: true, floor: 0, dropFrame: true },
  [CLOSE.badVersion]: no,
  [CLOSE.tooMany]: { again: true, floor: 30_000 },
  [CLOSE.flood]: { again: true, floor: 10_000 },
  [CLOSE.blocked]: { again: true, floor: 0, quick: true },
  [CLOSE.badToken]: { again: true, floor: 0, quick: true, forget: true },
  [CLOSE.badSite]: no,
  [CLOSE.badOrigin]: no,
  [CLOSE.revoked]: no,
  [CLOSE.replaced]: no,
};

/** Codes outside the table (1006 above all) are network trouble: reconnect. */
export const policyFor = (code: number): ClosePolicy => TABLE[code] ?? yes;
