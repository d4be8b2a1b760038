import { CLOSE } from "./closecodes";
import type { Transport, TransportEvents } from "./transport";

export function openSocket(url: string, events: TransportEvents): Transport {
  let socket: WebSocket;
  try {
    socket = new WebSocket(url, "frontdesk.v1");
  } catch {
    // Some browsers throw when the page's CSP forbids the socket; long polling may still pass.
    const timer = setTimeout(() => events.close(CLOSE.blocked), 0);
    return { send() {}, close: () => clearTimeout(timer) };
  }
  // Chromium tells of a forbidden socket by an error without a close, after this event.
  let code = 1006;
  const forbidden = (e: SecurityPolicyViolationEvent) => { if (e.blockedURI === url) code = CLOSE.blocked; };
  document.addEventListener("securitypolicyviolation", forbidden);
  const deaf = () => document.removeEventListener("securitypolicyviolation", forbidden);
  socket.onerror = () => setTimeout(() => { deaf(); events.close(code); }, 50);
  socket.onopen = () => { deaf(); events.open(); };
  socket.onmessage = (e) => { if (typeof e.data === "string") events.data(e.data); };
  socket.onclose = (e) => { if (code === 1006) events.close(e.code); };
  return {
    send: (text) => socket.send(text),
    close() {
      // A dead network delays the close event by minutes, so nobody listens to it.
      socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
      deaf();
      try { socket.close(1000); } catch { /* already closing */ }
    },
  };
}
