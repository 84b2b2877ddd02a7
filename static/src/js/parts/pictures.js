// Facebook's addresses of profile pictures end after some days: a dead one leaves the initials behind it.
const AVATAR = ".avatar img";

export function startPictures() {
  // one that was given no address yet (the composer fills it in) is not dead
  const dead = (image) => image.currentSrc && image.complete && image.naturalWidth === 0;
  document.addEventListener("error", ({ target }) => target.matches?.(AVATAR) && target.remove(), true);
  for (const image of document.querySelectorAll(AVATAR)) if (dead(image)) image.remove();
}
