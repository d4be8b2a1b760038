import { initials } from "../format";
import type { Person } from "../protocol";
import { mediaUrl, useDesk } from "./context";
import * as Icon from "./icons";

export function Face({ who, base, online }: { who: Person | undefined; base: string; online?: boolean }) {
  const src = who?.avatar ? mediaUrl(base, who.avatar) : undefined;
  return (
    <span class="fd-face" data-online={online || undefined} aria-hidden="true">
      <span class="fd-avatar">
        {src ? <img src={src} alt="" loading="lazy" decoding="async" /> : who ? initials(who.name) : <Icon.Bubble />}
      </span>
    </span>
  );
}

export interface Switches { dark: boolean; sound: boolean; toggleTheme(): void; toggleSound(): void }

/** Before an operator has taken the ticket the site speaks, afterwards the operator does. */
export function Header({ dark, sound, toggleTheme, toggleSound }: Switches) {
  const { client, texts, base, fold } = useDesk();
  const own = client.site?.texts ?? {};
  const { operator, online, hours } = client.store.state;
  const known = client.site !== undefined;
  const name = own.title || client.site?.name || "";
  const greeting = online || !known ? own.online || texts.online : name || own.offline || texts.offline;
  const away = [own.offline || texts.offline, hours].filter(Boolean).join(" ");
  const second = operator ? own.glad || texts.glad : online || !known ? name : away;
  return (
    <header class="fd-header">
      <Face who={operator} base={base} online={known && online} />
      <div class="fd-who">
        <h2 class="fd-title" id="fd-title">{operator ? operator.name : greeting}</h2>
        {second && <p class="fd-sub fd-state">{second}</p>}
      </div>
      <div class="fd-tools">
        <button type="button" class="fd-icon" aria-label={sound ? texts.soundOff : texts.soundOn} title={sound ? texts.soundOff : texts.soundOn} onClick={toggleSound}>
          {sound ? <Icon.Sound /> : <Icon.Mute />}
        </button>
        <button type="button" class="fd-icon fd-theme" aria-label={dark ? texts.light : texts.dark} title={dark ? texts.light : texts.dark} onClick={toggleTheme}>
          {dark ? <Icon.Sun /> : <Icon.Moon />}
        </button>
        <button type="button" class="fd-icon fd-close" aria-label={texts.close} title={texts.close} onClick={fold}><Icon.Close /></button>
      </div>
    </header>
  );
}
