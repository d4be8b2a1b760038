import { useEffect, useState } from "preact/hooks";
import { CLOSE } from "../closecodes";
import { useDesk } from "./context";

/** A connection that comes back this fast is not worth a word. */
const PATIENCE = 1_200;

/** What the visitor should know about the connection; empty while all is well. */
export function Strip() {
  const { client, texts } = useDesk();
  const { phase, connection } = client;
  const [late, setLate] = useState(false);
  const away = phase === "connecting" || phase === "waiting";
  useEffect(() => {
    setLate(false);
    if (!away) return;
    const timer = setTimeout(() => setLate(true), PATIENCE);
    return () => clearTimeout(timer);
  }, [away]);

  let text = "";
  let action: [string, () => void] | undefined;
  let spin = false;
  if (phase === "stopped") {
    switch (connection.lastCode) {
      case CLOSE.revoked: text = texts.revoked; action = [texts.startOver, () => client.startOver()]; break;
      case CLOSE.replaced: text = texts.replaced; action = [texts.continueHere, () => connection.restart()]; break;
      case CLOSE.badVersion: text = texts.oldVersion; action = [texts.reload, () => location.reload()]; break;
      case CLOSE.badSite:
      case CLOSE.badOrigin: text = texts.unavailable; break;
      default: text = texts.reconnecting; action = [texts.retry, () => connection.restart()];
    }
  } else if (away && !navigator.onLine) {
    text = texts.noNetwork;
  } else if (away && late) {
    text = client.site ? texts.reconnecting : texts.connecting;
    spin = true;
  } else {
    text = client.notice;
  }
  return (
    <div class="fd-strip" role="status">
      {text && spin && <i class="fd-spin" />}
      {text && <span>{text}</span>}
      {action && <button type="button" onClick={action[1]}>{action[0]}</button>}
    </div>
  );
}
