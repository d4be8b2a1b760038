const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * A fresh client id: 132 random bits in 22 characters of the protocol's alphabet. getRandomValues, not
 * randomUUID, because the latter is missing on pages served without TLS.
 */
export function newCid(): string {
  let id = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(22))) id += ALPHABET[byte & 63];
  return id;
}
