import type { DraftFile } from "../draft";
import { size } from "../format";
import { fill } from "../locale";
import { useDesk } from "./context";
import * as Icon from "./icons";

/** Files waiting to leave with the message. A press anywhere on one takes it away again. */
export function Tray({ files }: { files: readonly DraftFile[] }) {
  const { client, draft, texts, lang } = useDesk();
  if (!files.length) return null;
  return (
    <div class="fd-tray">
      {files.map((d) => {
        const { file, url, refused } = d;
        const label = fill(texts.remove, { name: file.name });
        const share = file.done || refused !== undefined ? undefined : client.uploads.progress(file.cid);
        const picture = url && file.type.startsWith("image/");
        return (
          <button type="button" class="fd-thumb" key={file.cid} data-wide={!url || undefined} data-bad={refused !== undefined || undefined}
            aria-label={label} title={label} onClick={() => draft.remove(d)}>
            {picture ? <img src={url} alt="" /> : url ? <video src={url} muted preload="metadata" /> : (
              <span><b>{file.name}</b><small>{refused !== undefined ? texts.notSent : size(file.size, texts.bytes, lang)}</small></span>
            )}
            {share !== undefined && <progress max={1} value={share} aria-label={fill(texts.uploading, { name: file.name })} />}
            <em><Icon.Close /></em>
          </button>
        );
      })}
    </div>
  );
}
