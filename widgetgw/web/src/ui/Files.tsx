import { useEffect, useState } from "preact/hooks";
import type { OutFile } from "../box";
import { ended, holdForFresh } from "../fresh";
import { fill, type Texts } from "../locale";
import { size } from "../format";
import type { FileInfo } from "../protocol";
import { mediaUrl, useDesk } from "./context";
import * as Icon from "./icons";

export const kindName = (kind: FileInfo["kind"], texts: Texts): string =>
  ({ image: texts.photo, video: texts.video, audio: texts.audio, file: texts.file })[kind];

const kindOf = (type: string): FileInfo["kind"] =>
  /^image\/(?!svg)/.test(type) ? "image" : type.startsWith("video/") ? "video" : type.startsWith("audio/") ? "audio" : "file";

interface ChipProps { name: string; bytes: number; href?: string; share?: number; onClick?(e: MouseEvent): void }

function Chip({ name, bytes, href, share, onClick }: ChipProps) {
  const { texts, lang } = useDesk();
  const inner = (
    <>
      <i><Icon.Paper /></i>
      <span>
        {name}
        <small>{size(bytes, texts.bytes, lang)}</small>
        {share !== undefined && <progress max={1} value={share} aria-label={fill(texts.uploading, { name })} />}
      </span>
    </>
  );
  return href
    ? <a class="fd-chip" href={href} target="_blank" rel="noopener noreferrer" download={name} onClick={onClick}>{inner}</a>
    : <div class="fd-chip">{inner}</div>;
}

/** Lets a click on a link to the file wait for an address that still works. */
function useFresh(file: FileInfo): (e: MouseEvent) => void {
  const { client, base } = useDesk();
  return (e) => {
    const renew = async () => { const url = await client.freshUrl(file.id); return url && mediaUrl(base, url); };
    if (holdForFresh(e.currentTarget as HTMLAnchorElement, Date.now(), renew)) e.preventDefault();
  };
}

function Received({ file, view }: { file: FileInfo; view(file: FileInfo, src: string): void }) {
  const { client, texts, base } = useDesk();
  const [fresh, setFresh] = useState<string>();
  const [tries, setTries] = useState(0);
  // Signed addresses expire; one is asked for anew when the browser cannot load it, and not for ever.
  const renew = () => {
    if (tries >= 2) return;
    setTries(tries + 1);
    client.freshUrl(file.id).then(setFresh, () => {});
  };
  useEffect(() => setFresh(undefined), [file.url]);
  const follow = useFresh(file);
  const src = mediaUrl(base, fresh ?? file.url);
  const label = `${kindName(file.kind, texts)}: ${file.name}`;
  if (!src) return <Chip name={file.name} bytes={file.size} />;
  switch (file.kind) {
    case "image": {
      const thumb = !fresh && file.thumb ? mediaUrl(base, file.thumb) : src;
      return (
        <button type="button" class="fd-photo" aria-label={label} onClick={() => {
          if (!ended(src, Date.now())) return view(file, src);
          client.freshUrl(file.id).then((url) => {
            if (url) setFresh(url);
            view(file, mediaUrl(base, url ?? file.url) ?? src);
          }, () => view(file, src));
        }}>
          <img src={thumb} alt={file.name} width={file.w} height={file.h} decoding="async" onError={renew} />
        </button>
      );
    }
    case "video": return <video src={src} controls preload="metadata" playsInline aria-label={label} onError={renew} />;
    case "audio": return <audio src={src} controls preload="metadata" aria-label={label} onError={renew} />;
    case "file": return <Chip name={file.name} bytes={file.size} href={src} onClick={follow} />;
  }
}

/** Our own file before the server has shown it back: drawn from the bytes kept for the upload. */
function Leaving({ file }: { file: OutFile }) {
  const { client, texts } = useDesk();
  const [url, setUrl] = useState<string>();
  const kind = kindOf(file.type);
  useEffect(() => {
    if (kind !== "image") return;
    let made: string | undefined;
    let gone = false;
    void client.outbox.getBlob(file.cid).then((blob) => {
      if (blob && !gone) setUrl((made = URL.createObjectURL(blob)));
    });
    return () => {
      gone = true;
      if (made) URL.revokeObjectURL(made);
    };
  }, [file.cid, kind]);
  const share = file.done ? undefined : client.uploads.progress(file.cid);
  if (kind === "image" && url) {
    return (
      <div class="fd-photo">
        <img src={url} alt={file.name} />
        {share !== undefined && <progress max={1} value={share} aria-label={fill(texts.uploading, { name: file.name })} />}
      </div>
    );
  }
  return <Chip name={file.name} bytes={file.size} share={share} />;
}

export function Files({ files, outFiles, view }: {
  files: readonly FileInfo[]; outFiles: readonly OutFile[]; view(file: FileInfo, src: string): void;
}) {
  const images = files.length ? files.every((f) => f.kind === "image") : outFiles.every((f) => kindOf(f.type) === "image");
  const count = files.length || outFiles.length;
  return (
    <div class="fd-files" data-media={images || undefined} data-grid={(images && count > 1) || undefined}>
      {files.length ? files.map((f) => <Received key={f.id} file={f} view={view} />) : outFiles.map((f) => <Leaving key={f.cid} file={f} />)}
    </div>
  );
}

export function Viewer({ file, src, close }: { file: FileInfo; src: string; close(): void }) {
  const { texts } = useDesk();
  const follow = useFresh(file);
  return (
    <div class="fd-view" role="dialog" aria-modal="true" aria-label={file.name} onClick={close}
      onKeyDown={(e) => { if (e.key === "Escape") { e.stopPropagation(); close(); } }}>
      <img src={src} alt={file.name} />
      <div onClick={(e) => e.stopPropagation()}>
        <button type="button" class="fd-icon" aria-label={texts.back} ref={(b) => b?.focus()} onClick={close}><Icon.Back /></button>
        <a class="fd-icon" href={src} target="_blank" rel="noopener noreferrer" download={file.name} onClick={follow} aria-label={fill(texts.download, { name: file.name })}><Icon.Down /></a>
      </div>
    </div>
  );
}
