/** One attempt at a connection. Both carriers of the protocol look the same from above. */
export interface Transport {
  send(text: string): void;
  /** After this no event is delivered any more. */
  close(): void;
}

export interface TransportEvents {
  open(): void;
  data(text: string): void;
  close(code: number): void;
}

export type Carrier = "socket" | "polling";
export type Opener = (carrier: Carrier, events: TransportEvents) => Transport;
