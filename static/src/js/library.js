// The library: uploads, tiles that fill in when the worker is done, choosing many.
import { startSelecting } from "./library/select.js";
import { takeDrops, UploadLine } from "./library/upload.js";
import { watchTiles } from "./library/waiting.js";

const words = (element, name) => element.dataset[name] ?? "";
const waiting = new Map(); // asset id -> its row in the tray, until the worker has looked at it

/** The photos an upload is, or looks like: small, with a way to each. */
function showTwins(row, twins) {
  const place = row.querySelector("[data-twins]");
  place.replaceChildren(
    ...twins.map((twin) => {
      const link = document.getElementById("upload-twin").content.firstElementChild.cloneNode(true);
      link.href = twin.url;
      link.querySelector("[data-title]").textContent = twin.title;
      const picture = link.querySelector("img");
      if (twin.thumb) picture.src = twin.thumb;
      picture.hidden = !twin.thumb;
      return link;
    }),
  );
  place.hidden = false;
}

function startUploads() {
  const form = document.querySelector("[data-upload-form]");
  const tray = document.querySelector("[data-uploads]");
  if (!form || !tray) return;
  const list = tray.querySelector("[data-uploads-list]");
  const veil = document.querySelector("[data-drop-veil]");
  const fields = () => Object.fromEntries([...new FormData(form)].filter(([name]) => name !== "file"));
  const line = new UploadLine({ whole: form.action, pieces: form.dataset.pieces }, fields);

  function take(file) {
    const row = document.getElementById("upload-row").content.firstElementChild.cloneNode(true);
    const bar = row.querySelector("[data-bar]");
    const state = row.querySelector("[data-words]");
    const again = row.querySelector("[data-again]");
    row.querySelector("[data-name]").textContent = file.name;
    bar.setAttribute("aria-label", file.name);
    const say = (text, tone) => {
      state.textContent = text;
      row.dataset.tone = tone ?? "";
    };
    const start = () => {
      again.hidden = true;
      bar.hidden = false;
      bar.value = 0;
      say("");
      line.add(file, {
        progress: (share) => {
          bar.value = share * 100;
          if (share >= 1) say(words(tray, "checking"));
        },
        done: (asset) => {
          bar.value = 100;
          bar.hidden = true;
          say(words(tray, asset.duplicate_of ? "duplicate" : "done"), asset.duplicate_of ? "orange" : "green");
          if (asset.duplicate_of) showTwins(row, [asset]);
          else waiting.set(asset.id, { row, say });
          document.body.dispatchEvent(new CustomEvent("library:arrived", { detail: asset }));
          finish();
        },
        refused: (sentence) => {
          bar.hidden = true;
          say(sentence, "red");
          finish();
        },
        broke: (sentence) => {
          bar.hidden = true;
          say(sentence || words(tray, "broke"), "red");
          again.hidden = false;
          finish();
        },
      });
    };
    again.addEventListener("click", start);
    list.prepend(row);
    start();
  }

  // The worker has looked at it: ready, refused after all, or it looks like another one.
  document.body.addEventListener("library:looked-at", async (event) => {
    const { row, say } = waiting.get(event.detail.id) ?? {};
    if (!waiting.delete(event.detail.id)) return;
    const answer = await fetch(`${event.detail.status}?near=1`, { headers: { Accept: "application/json" } }).catch(() => null);
    const asset = answer?.ok ? await answer.json() : {};
    if (asset.state === "refused") say(asset.reason, "red");
    else if (asset.near?.length) {
      say(words(tray, "near"), "orange");
      showTwins(row, asset.near);
    } else {
      say(words(tray, "ready"), "green");
      setTimeout(() => row.remove(), 4000);
    }
  });

  function finish() {
    tray.querySelector("[data-uploads-title]").textContent = words(tray, line.busy ? "busy" : "over");
  }

  function drop(files) {
    if (!files.length) return;
    tray.hidden = false;
    for (const file of files) take(file);
    finish();
  }

  form.addEventListener("change", (event) => {
    if (!event.target.matches("[data-upload-input]")) return;
    drop([...event.target.files]);
    event.target.value = "";
  });
  tray.querySelector("[data-uploads-close]").addEventListener("click", () => {
    tray.hidden = true;
    list.replaceChildren();
  });
  takeDrops(drop, (on) => veil?.toggleAttribute("hidden", !on));
  window.addEventListener("beforeunload", (event) => {
    if (line.busy) event.preventDefault();
  });
}

document.addEventListener("DOMContentLoaded", () => {
  startUploads();
  startSelecting();
  watchTiles();
});
