// What a shop's own script does with the widget: buttons on the page open the chat.
window.Frontdesk = window.Frontdesk || [];
for (const button of document.querySelectorAll("[data-write]")) {
  button.addEventListener("click", () => window.Frontdesk.push(["open"]));
}
