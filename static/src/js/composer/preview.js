// What the post will look like: the "... more" cut, the crop of each network, the order of a carousel.
import { cut } from "./counting.js";

const SHAPES = { ig_4x5: 4 / 5, ig_1x1: 1, ig_191x100: 1.91 };
const FACEBOOK_MOST = 5; // photos shown in the feed; the rest hides behind "+3"

export function preview() {
  return {
    shown: "instagram",
    firstComment: "",
    placeName: "",
    open: { facebook: false, instagram: false },
    slide: 0,

    startPreview() {
      const comment = document.getElementById("first_comment");
      const place = document.getElementById("place");
      const read = () => {
        this.firstComment = comment?.value.trim() ?? "";
        this.placeName = place?.value ? place.selectedOptions[0].textContent : "";
      };
      read();
      comment?.addEventListener("input", read);
      place?.addEventListener("change", read);
    },
    get shownText() {
      return this.wordsFor(this.shown).trim();
    },
    preview(platform) {
      this.shown = platform;
    },
    /** After a place was ticked or not: never show a network that is not posted to. */
    follow() {
      if (this.platforms.length && !this.platforms.includes(this.shown)) this.shown = this.platforms[0];
      if (this.tab && !this.has(this.tab)) this.tab = "";
    },
    expand(platform) {
      this.open[platform] = true;
    },
    placeOf(platform) {
      const places = this.places.filter((place) => place.platform === platform);
      return places.find((place) => place.chosen) ?? places[0] ?? { name: "", username: "", picture: "" };
    },
    get initials() {
      const words = this.placeOf(this.shown).name.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
      return words.slice(0, 2).map((word) => word[0]).join("").toUpperCase();
    },

    cutFor(platform) {
      const text = this.wordsFor(platform).trim();
      return this.open[platform] ? { shown: text, rest: "" } : cut(text, this.limits[platform]);
    },
    get fbText() {
      return this.wordsFor("facebook").trim();
    },
    get fbCut() {
      return this.cutFor("facebook");
    },
    get igText() {
      return this.wordsFor("instagram").trim();
    },
    get igCut() {
      return this.cutFor("instagram");
    },

    get fbPhotos() {
      return this.photos.slice(0, FACEBOOK_MOST);
    },
    get fbCount() {
      return this.fbPhotos.length;
    },
    get igPhotos() {
      return this.photos.slice(0, this.limits.instagram.photos);
    },
    /** Width / height of the file that goes to Instagram: the owner's crop, else its own shape kept within the limits. */
    ratioOf(photo) {
      if (SHAPES[photo.crop]) return SHAPES[photo.crop];
      const own = photo.width && photo.height ? photo.width / photo.height : 1;
      const { ratioMin, ratioMax } = this.limits.instagram;
      return Math.min(Math.max(own, ratioMin), ratioMax);
    },
    /** Instagram shows a whole carousel in the shape of its first photo. */
    get igRatio() {
      return this.photos.length ? this.ratioOf(this.photos[0]) : 1;
    },
    ratio(element, value) {
      element.style.aspectRatio = String(value);
    },
    /** Places a photo in its frame as the server cuts it: centred on the focal point, pushed back inside (assets/shapes.py). */
    frame(element, photo, ratio) {
      if (!photo) return;
      element.style.aspectRatio = String(ratio);
      const { width, height, focal } = photo;
      if (!width || !height) return;
      const wide = width / height > ratio;
      const [boxWidth, boxHeight] = wide ? [height * ratio, height] : [width, width / ratio];
      const share = (whole, box, centre) =>
        whole - box < 1 ? 50 : (Math.min(Math.max(centre * whole - box / 2, 0), whole - box) / (whole - box)) * 100;
      element.style.objectPosition = `${share(width, boxWidth, focal[0])}% ${share(height, boxHeight, focal[1])}%`;
    },
    slid(event) {
      const track = event.currentTarget;
      this.slide = Math.round(track.scrollLeft / track.clientWidth);
    },
  };
}
