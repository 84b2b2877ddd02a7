// Notices can be closed; toasts leave by themselves after ten seconds unless somebody is at them.
const LIFE = 10_000;

export function startNotices() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-dismiss]");
    if (button) button.closest("[data-dismissable]")?.remove();
  });
  for (const notice of document.querySelectorAll("[data-undo]")) fadeUndo(notice);
}

/** A notice of the server that can be undone: its button goes after ten seconds, the sentence stays. */
function fadeUndo(notice) {
  const actions = notice.querySelector(".notice-actions");
  const leave = () => actions?.remove();
  let timer = setTimeout(leave, LIFE);
  const hold = () => clearTimeout(timer);
  const release = () => (timer = setTimeout(leave, LIFE));
  notice.addEventListener("pointerenter", hold);
  notice.addEventListener("focusin", hold);
  notice.addEventListener("pointerleave", release);
  notice.addEventListener("focusout", release);
}

/** Says `text` aloud (live region) and on screen; `action` = {label, run} adds a button, e.g. Undo. */
export function toast(text, action) {
  const place = document.getElementById("toasts");
  if (!place) return;
  const item = document.createElement("div");
  item.className = "toast";
  item.append(Object.assign(document.createElement("span"), { textContent: text }));
  let timer = setTimeout(() => item.remove(), LIFE);
  if (action) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: action.label });
    button.addEventListener("click", () => {
      item.remove();
      action.run();
    });
    item.append(button);
  }
  const hold = () => clearTimeout(timer);
  const release = () => (timer = setTimeout(() => item.remove(), LIFE));
  item.addEventListener("pointerenter", hold);
  item.addEventListener("focusin", hold);
  item.addEventListener("pointerleave", release);
  item.addEventListener("focusout", release);
  while (place.children.length > 2) place.firstElementChild.remove();
  place.append(item);
}
