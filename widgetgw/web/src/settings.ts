type KeyValue = Pick<Storage, "getItem" | "setItem">;

/** The visitor's own switches, remembered; without a choice the theme follows the site, then the system. */
export class Settings {
  dark = false;
  sound: boolean;
  private chosen: string | null;
  private site = "auto";
  private readonly system = matchMedia("(prefers-color-scheme: dark)");

  constructor(private readonly storage: KeyValue, private readonly key: string, private readonly changed: () => void) {
    this.chosen = this.get("theme");
    this.sound = this.get("sound") !== "off";
    this.system.addEventListener("change", () => this.apply());
    this.dark = this.wished();
  }

  private get(name: string): string | null {
    try { return this.storage.getItem(`${this.key}:${name}`); } catch { return null; }
  }

  private set(name: string, value: string): void {
    try { this.storage.setItem(`${this.key}:${name}`, value); } catch { /* blocked: holds for this page */ }
  }

  setSite(theme: string | undefined): void {
    this.site = theme ?? "auto";
    this.apply();
  }

  private wished(): boolean {
    const wish = this.chosen ?? this.site;
    return wish === "dark" || (wish !== "light" && this.system.matches);
  }

  private apply(): void {
    const dark = this.wished();
    if (dark === this.dark) return;
    this.dark = dark;
    this.changed();
  }

  toggleTheme(): void {
    this.chosen = this.dark ? "light" : "dark";
    this.set("theme", this.chosen);
    this.apply();
  }

  toggleSound(): void {
    this.sound = !this.sound;
    this.set("sound", this.sound ? "on" : "off");
    this.changed();
  }
}
