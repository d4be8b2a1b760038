import type { Transport, TransportEvents } from "./transport";

export function openSocket(url: string, events: TransportEvents): Transport {
  let socket: WebSocket;
  try {
    socket = new WebSocket(url, "frontdesk.v1");
  } catch {
    // Some browsers throw here when the page's CSP forbids the socket; long polling may still pass.
    const timer = setTimeout(() => events.close(1006), 0);
    return { send() {}, close: () => clearTimeout(timer) };
  }
  socket.onopen = () => events.open();
  socket.onmessage = (e) => { if (typeof e.data === "string") events.data(e.data); };
  socket.onclose = (e) => events.close(e.code);
  return {
    send: (text) => socket.send(text),
    close() {
      // A dead network delays the close event by minutes, so nobody listens to it.
      socket.onopen = socket.onmessage = socket.onclose = null;
      try { socket.close(1000); } catch { /* already closing */ }
    },
  };
}
