// Menus close on Escape and outside; requests show a line; a failed request says so in words.
import { toast } from "./notices.js";

export function startMenus() {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open], details.sheet[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
      // a tap on the scrim lands on the summary's ::before, which toggles the sheet closed by itself
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest?.("details.menu[open], details.sheet[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
}

/** A row of tabs that scrolls shows the one that is open. */
export function startTabs() {
  for (const tab of document.querySelectorAll(".tabs > [aria-current]")) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
}

export function startRequests(htmx) {
  let running = 0;
  const line = () => document.getElementById("busy-line")?.toggleAttribute("data-on", running > 0);
  const words = (name) => document.body.dataset[name] ?? "";
  // polling must not flash the line
  const counts = (event) => !event.detail.elt?.closest("[data-quiet]");
  document.body.addEventListener("htmx:beforeRequest", (event) => { if (counts(event)) { running += 1; line(); } });
  document.body.addEventListener("htmx:afterRequest", (event) => { if (counts(event)) { running = Math.max(0, running - 1); line(); } });
  document.body.addEventListener("htmx:sendError", (event) => { if (counts(event)) toast(words("offline")); });
  document.body.addEventListener("htmx:responseError", (event) => {
    const xhr = event.detail.xhr;
    if (xhr.getResponseHeader("HX-Retarget")) return; // the answer itself is a notice, see beforeSwap
    if (counts(event)) toast(words("failed"));
  });
  // A refusal (4xx with a notice to show) is swapped in; other errors leave the page as it is.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const xhr = event.detail.xhr;
    if (xhr.status >= 400 && (xhr.getResponseHeader("HX-Retarget") || xhr.status === 422)) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  // Someone who was signed out in another tab gets the sign-in page whole, not inside a part.
  document.body.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.xhr.responseURL.includes("/accounts/login/")) location.reload();
  });
  window.addEventListener("offline", () => toast(words("offline")));
  htmx.config.allowEval = false;
}
