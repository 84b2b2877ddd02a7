// Choosing many: the boxes are real checkboxes of the bulk form; this adds numbers, ranges and a bar that appears.
export function startSelecting() {
  const order = [];
  let last = null;
  const shelf = () => document.querySelector("[data-shelf]");
  const boxes = () => [...(shelf()?.querySelectorAll(".shelf-pick input") ?? [])];

  function show() {
    const place = shelf();
    if (!place) return;
    for (const box of boxes()) {
      const at = order.indexOf(box.value);
      const mark = box.parentElement.querySelector(".tile-mark");
      if (mark) mark.textContent = at >= 0 ? String(at + 1) : "";
    }
    const count = place.querySelector("[data-bulk-count]");
    if (count) count.textContent = String(order.length);
    if (order.length) place.setAttribute("data-selecting", "");
    for (const button of place.querySelectorAll(".bulk button[type=submit]")) button.disabled = !order.length;
  }

  function choose(box, on) {
    box.checked = on;
    const at = order.indexOf(box.value);
    if (on && at < 0) order.push(box.value);
    if (!on && at >= 0) order.splice(at, 1);
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-select-start]")) {
      event.preventDefault();
      shelf()?.setAttribute("data-selecting", "");
      show();
      boxes()[0]?.focus({ preventScroll: true });
    } else if (event.target.closest("[data-select-end]")) {
      event.preventDefault();
      for (const box of boxes()) choose(box, false);
      order.length = 0;
      shelf()?.removeAttribute("data-selecting");
      show();
    }
    const box = event.target.closest(".shelf-pick input");
    if (!box) return;
    const all = boxes();
    if (event.shiftKey && last && all.includes(last)) {
      const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
      for (const between of all.slice(from, to + 1)) choose(between, box.checked);
    } else {
      choose(box, box.checked);
    }
    last = box;
    show();
  });
  document.addEventListener("keydown", (event) => {
    const end = document.querySelector("[data-shelf][data-selecting] [data-select-end]");
    if (event.key === "Escape" && end && !document.querySelector("dialog[open], details.menu[open]")) end.click();
  });
  document.body.addEventListener("htmx:afterSwap", () => {
    const there = new Set(boxes().map((box) => box.value));
    for (const gone of order.filter((value) => !there.has(value))) order.splice(order.indexOf(gone), 1);
    for (const box of boxes()) box.checked = order.includes(box.value);
    show();
  });
  for (const box of boxes()) if (box.checked) choose(box, true); // what the browser kept on "back"
  show();
}
