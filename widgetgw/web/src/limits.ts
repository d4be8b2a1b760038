import { FRAME_LIMIT, type Limits } from "./protocol";

export type Complaint =
  | { why: "tooLarge"; name: string }
  | { why: "badType"; name: string }
  | { why: "emptyFile"; name: string }
  | { why: "tooMany" };

const DEFAULTS: Limits = { text: 16_384, file: 50 * 1024 * 1024, files: 10, types: [] };

/** The site's limits, whole even if the server leaves one out. */
export const limitsOf = (limits: Partial<Limits> | undefined): Limits => ({ ...DEFAULTS, ...limits, files: Math.min(limits?.files ?? 10, 10) });

/** `types` are as in an input's accept: `image/*`, `application/pdf`, `.docx`; an empty list takes everything. */
export function typeAllowed(name: string, type: string, types: readonly string[]): boolean {
  if (!types.length) return true;
  const lower = name.toLowerCase();
  const mime = type.toLowerCase().split(";")[0]!.trim();
  return types.some((raw) => {
    const rule = raw.trim().toLowerCase();
    if (rule === "*" || rule === "*/*") return true;
    if (rule.startsWith(".")) return lower.endsWith(rule);
    if (rule.endsWith("/*")) return mime.startsWith(rule.slice(0, -1));
    return mime === rule;
  });
}

/** Which of the chosen files go in, and what to say about the others. */
export function admit<F extends { name: string; type: string; size: number }>(
  chosen: readonly F[], present: number, limits: Limits,
): { taken: F[]; complaints: Complaint[] } {
  const taken: F[] = [];
  const complaints: Complaint[] = [];
  for (const file of chosen) {
    if (!typeAllowed(file.name, file.type, limits.types)) complaints.push({ why: "badType", name: file.name });
    else if (file.size === 0) complaints.push({ why: "emptyFile", name: file.name });
    else if (file.size > limits.file) complaints.push({ why: "tooLarge", name: file.name });
    else if (present + taken.length >= limits.files) {
      complaints.push({ why: "tooMany" });
      break;
    } else taken.push(file);
  }
  return { taken, complaints };
}

/** Characters as the server counts them, and the frame's bytes: escapes and non-Latin text make them differ. */
export const textFits = (text: string, limits: Limits): boolean =>
  [...text].length <= limits.text && new TextEncoder().encode(JSON.stringify(text)).length < FRAME_LIMIT - 2_048;
