// Tiles whose pictures are still being made ask how far they are: soon at first, then less often.
const FIRST = 500;
const SLOWEST = 5000;

/** The tile as the server draws it now. */
async function fetchTile(address) {
  const answer = await fetch(`${address}?part=tile`, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (!answer.ok) return null;
  const box = document.createElement("template");
  box.innerHTML = await answer.text();
  return box.content.querySelector("[data-asset]");
}

/** To the tray of uploads: this one is decided. */
function tell(tile) {
  const { asset: id, status } = tile.dataset;
  document.body.dispatchEvent(new CustomEvent("library:looked-at", { detail: { id, status } }));
}

function wait(tile, pause) {
  setTimeout(async () => {
    if (!tile.isConnected) return;
    let fresh = null;
    try {
      fresh = await fetchTile(tile.dataset.status);
    } catch {
      // offline: ask again later
    }
    if (fresh && fresh.dataset.state !== "processing") {
      tile.replaceWith(fresh);
      tell(fresh);
    } else wait(tile, Math.min(pause * 1.5, SLOWEST));
  }, pause);
}

export function watchTiles() {
  const seen = new WeakSet();
  const look = () => {
    for (const tile of document.querySelectorAll('[data-asset][data-state="processing"]')) {
      if (seen.has(tile)) continue;
      seen.add(tile);
      wait(tile, FIRST);
    }
  };
  document.body.addEventListener("htmx:afterSwap", look);
  document.body.addEventListener("library:arrived", async (event) => {
    const asset = event.detail;
    const list = document.querySelector("[data-tiles]");
    if (!list) return;
    document.getElementById(`asset-${asset.id}`)?.remove();
    const tile = await fetchTile(asset.status_url).catch(() => null);
    if (!tile) return;
    document.querySelector("[data-shelf] .empty")?.remove();
    list.prepend(tile);
    if (tile.dataset.state === "processing") look();
    else tell(tile);
  });
  look();
}
