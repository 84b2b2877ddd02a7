import { sendPieces } from "./library/upload.js";

// One photo: the point that every cut keeps in view, and what the cuts will show. Same rule as assets/shapes.py cut().
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** Where `object-position` must point so that a box of `ratio` shows what cut() takes. */
function place(width, height, ratio, x, y) {
  const wide = width / height > ratio;
  const boxWidth = wide ? height * ratio : width;
  const boxHeight = wide ? height : width / ratio;
  const share = (whole, box, at) => (whole - box < 1 ? 50 : (clamp(at * whole - box / 2, 0, whole - box) / (whole - box)) * 100);
  return `${share(width, boxWidth, x)}% ${share(height, boxHeight, y)}%`;
}

function startFocal() {
  const stage = document.querySelector("[data-focal]");
  if (!stage) return;
  const picture = stage.querySelector("[data-focal-picture]");
  const dot = stage.querySelector("[data-focal-dot]");
  const sliders = { x: document.querySelector('[name="focal_x"]'), y: document.querySelector('[name="focal_y"]') };
  if (!dot || !sliders.x || !sliders.y) return;
  const [width, height] = [Number(picture.dataset.width), Number(picture.dataset.height)];

  function show(moved) {
    const [x, y] = [Number(sliders.x.value), Number(sliders.y.value)];
    dot.style.left = `${x * 100}%`;
    dot.style.top = `${y * 100}%`;
    for (const crop of document.querySelectorAll("[data-crop]")) {
      const image = crop.querySelector("img");
      if (!moved && "exact" in image.dataset) continue; // the very file that would be published
      if (image.getAttribute("src") !== image.dataset.preview) image.src = image.dataset.preview;
      image.style.objectPosition = place(width, height, Number(crop.dataset.ratio), x, y);
    }
  }

  function point(event) {
    const box = picture.getBoundingClientRect();
    sliders.x.value = clamp((event.clientX - box.left) / box.width, 0, 1).toFixed(2);
    sliders.y.value = clamp((event.clientY - box.top) / box.height, 0, 1).toFixed(2);
    show(true);
  }

  if ("edits" in stage.dataset) {
    let down = false;
    stage.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      down = true;
      stage.setPointerCapture(event.pointerId);
      point(event);
    });
    stage.addEventListener("pointermove", (event) => down && point(event));
    for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, () => (down = false));
  }
  for (const slider of Object.values(sliders)) slider.addEventListener("input", () => show(true));
  show(false);
}

function startWaiting() {
  const place = document.querySelector("[data-waits]");
  if (!place) return;
  const ask = async (pause) => {
    const answer = await fetch(place.dataset.waits, { headers: { Accept: "application/json" } }).catch(() => null);
    const asset = answer?.ok ? await answer.json() : null;
    const waits = asset && (asset.state === "processing" || asset.replacing);
    const words = place.querySelector("[data-waits-for]");
    if (words && asset?.waits_for) words.textContent = asset.waits_for;
    if (asset && !waits) location.reload();
    else setTimeout(() => ask(Math.min(pause * 1.5, 5000)), pause);
  };
  setTimeout(() => ask(600), 500);
}

/** Another file for the same photo: sent the way of all uploads, with progress; without scripts the form does it. */
function startReplacing() {
  const form = document.querySelector("[data-replace]");
  if (!form) return;
  const [input, bar, words] = ["[type=file]", "[data-bar]", "[data-words]"].map((part) => form.querySelector(part));
  form.querySelector("[data-send]").hidden = true;
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (!file) return;
    bar.hidden = false;
    words.textContent = "";
    const fields = { csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value, replaces: form.dataset.replace };
    const stop = (sentence) => {
      bar.hidden = true;
      input.value = "";
      words.textContent = sentence || form.dataset.broke;
    };
    const told = { progress: (share) => (bar.value = share * 100), done: () => location.reload(), refused: stop, broke: stop };
    sendPieces({ pieces: form.dataset.pieces }, file, fields, told);
  });
}

document.addEventListener("DOMContentLoaded", () => {
  startFocal();
  startWaiting();
  startReplacing();
});
