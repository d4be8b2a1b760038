import type { Clock } from "./clock";
import type { OutFile } from "./box";
import type { Uploaded } from "./protocol";

export interface PutAnswer { status: number; body: string; retryAfter?: number }
/** One PUT. Status 0 is network trouble. */
export type Put = (
  request: { cid: string; name: string; type: string; token: string; blob: Blob },
  progress: (share: number) => void,
  signal: AbortSignal,
) => Promise<PutAnswer>;

/** The server will never take this file. */
export class UploadRefused extends Error {
  constructor(readonly code: string, text: string) { super(text); }
}
/** The session is not known any more; the file itself is fine. */
export class UploadUnauthorized extends Error {}
export class UploadAborted extends Error {}

const RETRY_MAX = 30_000;

interface Job { promise: Promise<Uploaded>; control: AbortController; share: number }

/** Uploads files, each cid once at a time, until they are on the server's disk or refused. */
export class Uploads {
  private readonly jobs = new Map<string, Job>();
  private readonly sleepers = new Set<() => void>();

  constructor(
    private readonly put: Put,
    private readonly clock: Clock,
    private readonly changed: (cid: string, share: number) => void,
  ) {}

  progress(cid: string): number | undefined { return this.jobs.get(cid)?.share; }

  abort(cid: string): void {
    this.jobs.get(cid)?.control.abort();
    this.jobs.delete(cid);
  }

  run(file: OutFile, blob: Blob, token: string): Promise<Uploaded> {
    const running = this.jobs.get(file.cid);
    if (running) return running.promise;
    const control = new AbortController();
    const job: Job = { control, share: 0, promise: undefined as never };
    this.jobs.set(file.cid, job);
    job.promise = this.attempt(file, blob, token, job).finally(() => {
      if (this.jobs.get(file.cid) === job) this.jobs.delete(file.cid);
    });
    return job.promise;
  }

  /** The network is back: what waits for its next try goes now. */
  hurry(): void {
    for (const wake of [...this.sleepers]) wake();
  }

  private pause(ms: number): Promise<void> {
    return new Promise((done) => {
      const wake = () => {
        this.sleepers.delete(wake);
        this.clock.clear(timer);
        done();
      };
      const timer = this.clock.set(wake, ms);
      this.sleepers.add(wake);
    });
  }

  private async attempt(file: OutFile, blob: Blob, token: string, job: Job): Promise<Uploaded> {
    for (let tries = 0; ; tries++) {
      const { cid, name, type } = file;
      const answer = await this.put({ cid, name, type, token, blob }, (share) => {
        job.share = share;
        this.changed(cid, share);
      }, job.control.signal);
      if (job.control.signal.aborted) throw new UploadAborted();
      if (answer.status === 201 || answer.status === 200) return JSON.parse(answer.body) as Uploaded;
      if (answer.status === 401) throw new UploadUnauthorized();
      if (answer.status >= 400 && answer.status < 500 && answer.status !== 429 && answer.status !== 408) {
        const said = parseError(answer.body);
        throw new UploadRefused(said.code || `http_${answer.status}`, said.text);
      }
      const pause = Math.max((answer.retryAfter ?? 0) * 1000, Math.min(1000 * 2 ** tries, RETRY_MAX));
      await this.pause(pause);
      if (job.control.signal.aborted) throw new UploadAborted();
    }
  }
}

function parseError(body: string): { code: string; text: string } {
  try {
    const said = JSON.parse(body) as { code?: string; text?: string };
    return { code: said.code ?? "", text: said.text ?? "" };
  } catch {
    return { code: "", text: "" };
  }
}

/** XMLHttpRequest, because fetch reports no upload progress. */
export const xhrPut = (base: string, siteKey: string): Put => (request, progress, signal) =>
  new Promise((done) => {
    const xhr = new XMLHttpRequest();
    const query = `site=${encodeURIComponent(siteKey)}&name=${encodeURIComponent(request.name)}`;
    xhr.open("PUT", `${base}/w/v1/uploads/${request.cid}?${query}`);
    xhr.setRequestHeader("Authorization", `Bearer ${request.token}`);
    xhr.setRequestHeader("Content-Type", request.type || "application/octet-stream");
    xhr.upload.onprogress = (e) => { if (e.lengthComputable) progress(e.loaded / e.total); };
    const finish = () => {
      const retry = xhr.status === 429 ? Number(xhr.getResponseHeader("Retry-After")) : NaN;
      done({ status: xhr.status, body: xhr.responseText, ...(Number.isFinite(retry) ? { retryAfter: retry } : {}) });
    };
    xhr.onloadend = finish;
    signal.addEventListener("abort", () => xhr.abort());
    xhr.send(request.blob);
  });
