// "Tell me on this device": asks the browser, subscribes it, and sends the subscription to the server.
const place = document.querySelector("[data-push]");
const button = place?.querySelector("[data-push-on]");

/** base64url -> bytes, as pushManager.subscribe wants the server's key. */
function bytes(text) {
  const padded = text.replaceAll("-", "+").replaceAll("_", "/").padEnd(Math.ceil(text.length / 4) * 4, "=");
  return Uint8Array.from(atob(padded), (one) => one.charCodeAt(0));
}

function base64(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** "Chrome on Android": enough to tell one's devices apart. */
function nameOfThis() {
  const agent = navigator.userAgent;
  const browser = ["Edg", "Firefox", "Chrome", "Safari"].find((one) => agent.includes(one)) ?? "Browser";
  const system = ["Android", "iPhone", "iPad", "Windows", "Mac", "Linux"].find((one) => agent.includes(one)) ?? "";
  return [browser === "Edg" ? "Edge" : browser, system].filter(Boolean).join(" · ");
}

async function subscribe() {
  if ((await Notification.requestPermission()) !== "granted") return place.dataset.denied;
  await navigator.serviceWorker.register(place.dataset.worker);
  const worker = await navigator.serviceWorker.ready;
  const key = bytes(place.dataset.key);
  const old = await worker.pushManager.getSubscription();
  const other = old && base64(old.options.applicationServerKey ?? new ArrayBuffer(0)) !== place.dataset.key;
  if (other) await old.unsubscribe(); // of an older key of ours
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const form = new URLSearchParams({
    endpoint: made.endpoint,
    p256dh: base64(made.getKey("p256dh")),
    auth: base64(made.getKey("auth")),
    name: nameOfThis(),
    csrfmiddlewaretoken: document.querySelector("input[name=csrfmiddlewaretoken]").value,
  });
  const answer = await fetch(place.dataset.url, { method: "POST", body: form });
  return answer.ok ? "" : place.dataset.failed;
}

if (button && !("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
  button.hidden = true;
  place.querySelector("[data-push-none]").hidden = false;
}
button?.addEventListener("click", async () => {
  button.disabled = true;
  let problem;
  try {
    problem = await subscribe();
  } catch {
    problem = place.dataset.failed;
  }
  button.disabled = false;
  if (problem) window.toast?.(problem);
  else location.reload();
});
