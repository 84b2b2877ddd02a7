// The calendar: drag a post to another day, filters that act at once, Undo for ten seconds, printing.
import Sortable from "sortablejs";
import { toast } from "./parts/notices.js";

const board = () => document.querySelector("[data-board]");
const words = () => board() ?? document.querySelector("[data-review]");
const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? "";

async function post(url, fields) {
  const body = new URLSearchParams(fields);
  const answer = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token(), Accept: "application/json" } }).catch(() => null);
  const data = await answer?.json().catch(() => null);
  if (!answer?.ok) throw new Error(data?.detail ?? data?.sentence ?? words()?.dataset.failed ?? "");
  return data;
}

/** The board as the server draws it now: gaps, clashes and counts follow a move. */
function redraw() {
  const address = board()?.firstElementChild?.dataset.address;
  if (address) return window.htmx.ajax("GET", `${location.pathname}${address}&part=board`, { target: "#board", swap: "innerHTML" });
}

function say(data) {
  const undo = data.undo && { label: words()?.dataset.undo, run: () => move(data.undo.url, data.undo.fields, false) };
  toast(data.text, undo || undefined);
}

async function move(url, fields, undoable = true) {
  try {
    const data = await post(url, fields);
    say(undoable ? data : { text: data.text });
  } catch (error) {
    toast(error.message);
  }
  await redraw();
}

const sortables = [];
function startDragging() {
  while (sortables.length) sortables.pop().destroy();
  if (!window.matchMedia("(min-width: 64rem)").matches) return; // a finger on a list scrolls; there is "Move to" for that
  for (const list of document.querySelectorAll(".board-items")) {
    sortables.push(
      Sortable.create(list, {
        group: "days",
        sort: false,
        draggable: ".board-item",
        filter: ".board-item:not([data-move]), .board-move",
        preventOnFilter: false,
        ghostClass: "board-ghost",
        forceFallback: true,
        fallbackOnBody: true,
        fallbackTolerance: 5,
        animation: 120,
        onEnd(event) {
          if (event.to === event.from) return;
          move(event.item.dataset.move, { day: event.to.dataset.day });
        },
      }),
    );
  }
}

document.addEventListener("DOMContentLoaded", startDragging);
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id === "board") startDragging();
  if (event.detail.target?.id === "move-body") document.getElementById("move-at")?.focus();
});

// after a drag the click that ends it must not open the post
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
document.addEventListener("change", (event) => event.target.closest("[data-filters]")?.requestSubmit());
document.addEventListener("submit", (event) => {
  const form = event.target.closest("#move-body form");
  if (!form) return;
  event.preventDefault();
  form.closest("dialog")?.close();
  move(form.action, { publish_at: form.elements.publish_at.value });
});

// "Approve all" says what it did and can be undone for ten seconds; without scripts the notice and its button stay.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form[data-said]");
  if (!form) return;
  form.hidden = true;
  toast(form.dataset.said, { label: words()?.dataset.undo ?? "", run: () => form.requestSubmit() });
});

// What a reviewer did, and its Undo (header HX-Trigger of the answer).
document.body.addEventListener("calendar:said", (event) => {
  const { text, undo, target } = event.detail;
  const run = () => window.htmx.ajax("POST", undo, { target, swap: "outerHTML", values: { csrfmiddlewaretoken: token() } });
  toast(text, undo ? { label: words()?.dataset.undo, run } : undefined);
});
