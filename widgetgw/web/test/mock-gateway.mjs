// A gateway that keeps everything in memory and speaks docs/widget-protocol.md, with an operator who can be
// scripted. Stricter than friendly: frames the protocol does not know end the connection with a 4xxx code.
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "../dist");
const TYPES = { ".js": "text/javascript; charset=utf-8", ".json": "application/json" };
const token = () => randomBytes(32).toString("base64url");
const kindOf = (type) => (/^image\/(?!svg)/.test(type) ? "image" : type.startsWith("video/") ? "video" : type.startsWith("audio/") ? "audio" : "file");

class Conversation {
  counter = 0;
  messages = [];
  acts = new Map();
  files = new Map();
  uploads = new Map();
  connections = new Set();
  state = { online: true, staff_seen: 0, staff_got: 0, my_seen: 0 };
  got = 0;

  broadcast(frame, except) {
    for (const c of this.connections) if (c !== except) c.send(frame);
  }

  add(message) {
    const seq = ++this.counter;
    const full = { id: `m${seq}`, seq, rev: seq, at: new Date().toISOString(), ...message };
    this.messages.push(full);
    this.broadcast({ t: "message", m: full });
    return full;
  }

  change(message, fields) {
    Object.assign(message, fields, { rev: ++this.counter });
    this.broadcast({ t: "message", m: message });
  }

  setState(fields) {
    Object.assign(this.state, fields);
    this.broadcast({ t: "state", state: this.state });
  }
}

export async function startMock(options = {}) {
  const site = {
    name: "Тоталити", langs: ["ru", "en"], lang: "ru", texts: {}, theme: "auto",
    limits: { text: 16384, file: 20 * 1024 * 1024, files: 10, types: [] },
    ...options.site,
  };
  const sessions = new Map();
  const starts = new Map();
  const polls = new Map();
  const log = [];
  const mock = {
    sessions, log, site,
    heartbeat: 25_000,
    /** Nothing leaves the server, everything still arrives. */
    deaf: false,
    refuseSockets: false,
    refuseAll: false,
    uploadDelay: 0,
    lastUploadAborted: 0,
    get conversation() { return [...sessions.values()].at(-1); },
    online: true,
    onSend: undefined,
  };

  class Connection {
    constructor(out, close) {
      this.out = out;
      this.closeWith = close;
    }
    send(frame) {
      if (!mock.deaf) this.out(frame);
    }
    close(code) {
      this.conversation?.connections.delete(this);
      this.closeWith(code);
    }
    take(frame) {
      log.push(frame);
      if (!this.greeted && frame.t !== "hello") return this.close(4000);
      const c = this.conversation;
      switch (frame.t) {
        case "hello": return this.hello(frame);
        case "start": {
          const t = starts.get(frame.cid) ?? token();
          starts.set(frame.cid, t);
          if (!sessions.has(t)) {
            sessions.set(t, Object.assign(new Conversation(), { token: t }));
            sessions.get(t).state.topics = mock.topics;
          }
          this.join(sessions.get(t));
          return this.send({ t: "session", cid: frame.cid, token: t, expires: new Date(Date.now() + 90 * 864e5).toISOString() });
        }
        case "ping": return this.send({ t: "pong", n: frame.n });
        case "pong": return;
        case "page": return;
        case "typing": if (c) c.visitorTyping = frame.on; return;
        case "seen": if (c && frame.seq > c.state.my_seen) c.setState({ my_seen: frame.seq }); return;
        case "got": if (c) c.got = Math.max(c.got, frame.rev); return;
        case "history": {
          const older = c.messages.filter((m) => m.seq < frame.before);
          return this.send({ t: "history", before: frame.before, ms: older.slice(-frame.limit), more: older.length > frame.limit });
        }
        case "rtc_join": case "rtc_offer": case "rtc_ice": case "rtc_mute": return void mock.calls?.signal(this, frame);
        case "send": case "edit": case "delete": case "react": case "choose": case "rate": case "call": return this.act(frame);
        default: return this.send({ t: "error", code: "unknown_type", text: frame.t });
      }
    }
    hello(frame) {
      if (frame.v !== 1) return this.close(4002);
      this.greeted = true;
      this.tab = frame.tab;
      if (frame.token && !sessions.has(frame.token)) return this.close(4010);
      const c = frame.token ? sessions.get(frame.token) : undefined;
      if (c) this.join(c);
      const rev = frame.rev ?? 0;
      const all = c ? [...c.messages] : [];
      const list = rev === 0 ? all.slice(-50) : all.filter((m) => m.rev > rev);
      this.send({
        t: "welcome", v: 1, site, heartbeat: mock.heartbeat,
        state: c ? c.state : { online: mock.online, hours: mock.hours, topics: mock.topics, staff_seen: 0, staff_got: 0, my_seen: 0 },
        ...(c ? { session: { expires: new Date(Date.now() + 90 * 864e5).toISOString() } } : {}),
        rev: c ? Math.max(0, ...all.map((m) => m.rev)) : 0,
        more: rev === 0 && all.length > 50,
      });
      for (const m of list.sort((a, b) => a.rev - b.rev)) this.send({ t: "message", m });
    }
    join(c) {
      this.conversation = c;
      c.connections.add(this);
    }
    act(frame) {
      const c = this.conversation;
      if (!c) return this.send({ t: "nack", cid: frame.cid, code: "no_session", text: "no session" });
      const before = c.acts.get(frame.cid);
      if (before) return this.send(before);
      const refuse = mock.refuse?.(frame);
      const answer = refuse ? { t: "nack", cid: frame.cid, ...refuse } : this.perform(c, frame);
      c.acts.set(frame.cid, answer);
      this.send(answer);
      if (frame.t === "send" && answer.t === "ack") mock.onSend?.(c, frame);
    }
    perform(c, frame) {
      const { cid } = frame;
      if (frame.t === "call") return mock.calls?.act(c, this, frame) ?? { t: "nack", cid, code: "conflict", text: "no call" };
      if (frame.t === "choose") {
        c.setState({ topics: undefined, ticket: { number: 42, state: "waiting" } });
        c.add({ from: "system", kind: "waiting", text: "Спасибо за обращение! Пожалуйста, подождите." });
        return { t: "ack", cid };
      }
      if (frame.t === "rate") {
        c.setState({ rate: { ticket: frame.ticket, stars: frame.stars, comment: frame.comment } });
        return { t: "ack", cid };
      }
      if (frame.t === "send") {
        const files = (frame.files ?? []).map((id) => c.files.get(id));
        if (files.includes(undefined)) return { t: "nack", cid, code: "not_found", text: "unknown upload" };
        const quoted = c.messages.find((m) => m.id === frame.reply);
        const m = c.add({
          from: "me", cid, status: "stored", ...(frame.text ? { text: frame.text } : {}), ...(files.length ? { files } : {}),
          ...(quoted ? { reply: { id: quoted.id, text: quoted.text ?? "", from: quoted.from } } : {}),
        });
        return { t: "ack", cid, id: m.id, seq: m.seq };
      }
      const m = c.messages.find((x) => x.id === frame.id);
      if (!m) return { t: "nack", cid, code: "not_found", text: "no such message" };
      if (frame.t === "edit") c.change(m, { text: frame.text, html: undefined, edited: new Date().toISOString() });
      if (frame.t === "delete") c.change(m, { text: undefined, html: undefined, files: undefined, deleted: true });
      if (frame.t === "react") {
        const list = (m.reactions ?? []).filter((r) => r.key !== frame.key || r.n > 1 || !r.me);
        const had = (m.reactions ?? []).find((r) => r.key === frame.key);
        const rest = list.filter((r) => r.key !== frame.key);
        const n = (had?.n ?? 0) + (frame.on && !had?.me ? 1 : !frame.on && had?.me ? -1 : 0);
        c.change(m, { reactions: n > 0 ? [...rest, { key: frame.key, n, me: frame.on }] : rest });
      }
      return { t: "ack", cid, id: m.id, seq: m.seq };
    }
  }

  const body = async (req) => {
    const chunks = [];
    for await (const chunk of req) chunks.push(chunk);
    return Buffer.concat(chunks);
  };

  async function poll(req, res) {
    const { sid, ack, frames } = JSON.parse((await body(req)).toString());
    let p = sid === undefined ? undefined : polls.get(sid);
    if (!p) {
      if (sid !== undefined) return json(res, 410, { code: "gone", text: "" });
      const id = token();
      p = { id, n: 0, batch: [], queue: [], wake: undefined, dead: false };
      p.c = new Connection((f) => { p.queue.push(f); p.wake?.(); }, (code) => { p.queue.push({ t: "bye", code, reason: "", again: 0 }); p.wake?.(); });
      polls.set(id, p);
    }
    for (const frame of frames) p.c.take(frame);
    if (p.batch.length && ack < p.n) return json(res, 200, { sid: p.id, n: p.n, frames: p.batch });
    if (!p.queue.length) {
      await new Promise((done) => { p.wake = done; setTimeout(done, 25_000).unref(); req.on("close", done); res.on("close", done); });
    }
    if (res.destroyed) return;
    p.batch = p.queue;
    p.queue = [];
    p.n++;
    json(res, 200, { sid: p.id, n: p.n, frames: p.batch });
  }

  const cors = {
    "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Allow-Methods": "GET, POST, PUT", "Cross-Origin-Resource-Policy": "cross-origin",
  };
  const json = (res, status, value) => {
    res.writeHead(status, { ...cors, "Content-Type": "application/json" });
    res.end(JSON.stringify(value));
  };

  async function upload(req, res, url) {
    const c = sessions.get((req.headers.authorization ?? "").replace("Bearer ", ""));
    if (!c) return json(res, 401, { code: "bad_token", text: "" });
    const cid = url.pathname.split("/").pop();
    const bytes = await body(req).catch(() => undefined);
    if (!bytes) return void mock.lastUploadAborted++;
    if (mock.uploadDelay) await new Promise((done) => setTimeout(done, mock.uploadDelay));
    const had = c.uploads.get(cid);
    if (had) return json(res, 201, had);
    if (bytes.length > site.limits.file) return json(res, 413, { code: "too_large", text: "" });
    const type = req.headers["content-type"];
    const meta = { id: token(), name: url.searchParams.get("name"), type, size: bytes.length, kind: kindOf(type) };
    c.uploads.set(cid, meta);
    c.files.set(meta.id, { ...meta, url: `/w/v1/media/${meta.id}/${encodeURIComponent(meta.name)}?exp=9999999999&sig=x`, bytes: undefined });
    mock.media.set(meta.id, { type, bytes });
    json(res, 201, meta);
  }
  mock.media = new Map();

  async function handle(req, res) {
    const url = new URL(req.url, "http://x");
    if (mock.refuseAll) return req.socket.destroy();
    if (req.method === "OPTIONS") { res.writeHead(204, cors); return res.end(); }
    if (url.pathname === "/w/v1/poll") return poll(req, res);
    if (url.pathname.startsWith("/w/v1/uploads/")) return upload(req, res, url);
    if (url.pathname.startsWith("/w/v1/media/")) {
      const file = mock.media.get(url.pathname.split("/")[4]);
      if (!file) return json(res, 404, {});
      res.writeHead(200, { ...cors, "Content-Type": file.type });
      return res.end(file.bytes);
    }
    if (url.pathname === "/w/v1/call") {
      const { call } = JSON.parse(await readFile(join(dist, "manifest.json"), "utf8"));
      res.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": `default-src 'none'; script-src 'self'; connect-src 'self' ${mock.origin.replace("http", "ws")}; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'` });
      return res.end(`<!doctype html><html data-frontdesk="voice" data-site="demo" data-origins="${mock.siteOrigins ?? "http://127.0.0.1:*"}"><head><meta charset="utf-8"><title>T</title><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><script type="module" src="/assets/${call[0]}"></script></head><body></body></html>`);
    }
    const name = url.pathname === "/widget.js" ? "widget.js" : url.pathname.startsWith("/assets/") ? url.pathname.slice(8) : "";
    if (!/^[\w.-]+$/.test(name)) return json(res, 404, {});
    try {
      const bytes = await readFile(join(dist, name));
      res.writeHead(200, { ...cors, "Content-Type": TYPES[extname(name)] ?? "application/octet-stream" });
      res.end(bytes);
    } catch {
      json(res, 404, {});
    }
  }

  const server = createServer((req, res) => { handle(req, res).catch(() => req.socket.destroy()); });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024, handleProtocols: () => "frontdesk.v1" });
  server.on("upgrade", (req, socket, head) => {
    if (mock.refuseSockets || mock.refuseAll) return socket.destroy();
    sockets.handleUpgrade(req, socket, head, (ws) => {
      const c = new Connection((f) => ws.send(JSON.stringify(f)), (code) => ws.close(code));
      c.ws = ws;
      ws.on("message", (data) => c.take(JSON.parse(data.toString())));
      ws.on("close", () => c.conversation?.connections.delete(c));
      ws.on("error", () => {});
    });
  });
  await new Promise((done) => server.listen(options.port ?? 0, "127.0.0.1", done));
  mock.origin = `http://127.0.0.1:${server.address().port}`;
  mock.drop = (code) => { for (const ws of sockets.clients) code ? ws.close(code) : ws.terminate(); };
  mock.sockets = sockets.clients;
  mock.stop = () => { mock.drop(); server.closeAllConnections(); return new Promise((done) => server.close(done)); };
  return mock;
}

/** A page of another origin that carries the widget; `csp` makes it as strict as pages get ("sockets" lets WebSockets pass). */
export async function startSite(gateway, { csp = false, port = 0, attributes = "", head = "" } = {}) {
  const page = `<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>Магазин</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">${head}</head><body>
<main><h1>Тоталити</h1><p>Обычная страница сайта, на которой стоит виджет.</p><p><a href="/other">Другая страница</a> <input aria-label="поле"></p></main>
<script src="${gateway}/widget.js" data-site="demo" ${attributes} async></script></body></html>`;
  const policy = `default-src 'none'; script-src ${gateway}; connect-src ${gateway}${csp === "sockets" ? ` ${gateway.replace("http", "ws")}` : ""}; img-src ${gateway} blob:; media-src ${gateway} blob:; require-trusted-types-for 'script'; trusted-types frontdesk`;
  const server = createServer((req, res) => {
    res.writeHead(200, { "Content-Type": "text/html; charset=utf-8", ...(csp ? { "Content-Security-Policy": policy } : {}) });
    res.end(page);
  });
  await new Promise((done) => server.listen(port, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => new Promise((done) => { server.closeAllConnections(); server.close(done); }) };
}

// `npm run mock`: a desk with an operator who answers everything.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const mock = await startMock({ port: 8090 });
  const site = await startSite(mock.origin, { port: 8091 });
  mock.onSend = (c, frame) => {
    setTimeout(() => c.setState({ staff_got: c.counter, ticket: { number: 42, state: "assigned" }, operator: { name: "Марина Беседина" } }), 500);
    setTimeout(() => { c.setState({ staff_seen: c.counter }); c.broadcast({ t: "typing", on: true, who: { name: "Марина Беседина" } }); }, 1200);
    setTimeout(() => c.add({ from: "staff", who: { name: "Марина Беседина" }, text: `Вы написали: ${frame.text ?? "файл"}` }), 3500);
  };
  console.log(`open ${site.url}`);
}
