export const PHONE = "(max-width: 600px), (max-height: 420px)";

/**
 * Keeps the full-screen panel exactly over what is visible. iOS does not shrink the page for the keyboard, it
 * shrinks the visual viewport; the values go into a style sheet because the page's CSP may forbid style attributes.
 */
export function followViewport(sheet: CSSStyleSheet, changed: (phone: boolean) => void): void {
  const query = matchMedia(PHONE);
  const view = window.visualViewport;
  const update = () => {
    if (!view || !query.matches || Math.abs(view.scale - 1) > 0.01) return sheet.replaceSync("");
    const keyboard = window.innerHeight - view.height > 120;
    sheet.replaceSync(`:host{--fd-height:${view.height}px;--fd-top:${Math.max(0, view.offsetTop)}px;${keyboard ? "--fd-keyboard:0px" : ""}}`);
  };
  view?.addEventListener("resize", update);
  view?.addEventListener("scroll", update);
  query.addEventListener("change", () => { update(); changed(query.matches); });
  update();
  changed(query.matches);
}
