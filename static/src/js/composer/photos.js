// The chosen photos: picker, order, alt text, crop.
import Sortable from "sortablejs";

/** A tile of the library's picker as the data of a photo. */
function photoOf({ asset, kind, title, alt, thumb, preview, width, height, focalX, focalY }) {
  const size = [Number(width) || 0, Number(height) || 0];
  return { id: asset, kind, state: "ready", title, alt, thumb, preview, width: size[0], height: size[1], focal: [Number(focalX), Number(focalY)] };
}

const withDefaults = (photo, data) => ({
  ...photo,
  local: "",
  ownAlt: data?.altTexts?.[photo.id] ?? "",
  crop: data?.crops?.[photo.id] ?? "auto",
  people: data?.people?.[photo.id] ?? [],
});

export function photos(data) {
  return {
    photos: data.photos.map((photo) => withDefaults(photo, data)),
    shapes: data.shapes,
    currentId: "",
    spot: { x: 0.5, y: 0.5 },
    pickerFilled: false,

    startPhotos() {
      const strip = this.$refs.strip;
      Sortable.create(strip, {
        draggable: "[data-id]",
        animation: 150,
        delay: 180,
        delayOnTouchOnly: true,
        // Alpine owns these elements: put the dragged one back and let the data move it.
        onEnd: ({ item, oldDraggableIndex: from, newDraggableIndex: to }) => {
          const items = [...strip.querySelectorAll("[data-id]")].filter((one) => one !== item);
          strip.insertBefore(item, items[from] ?? strip.querySelector("li:not([data-id])"));
          this.move(from, to);
        },
      });
      const tiles = document.getElementById("picker-tiles");
      tiles.addEventListener("click", (event) => {
        const tile = event.target.closest("[data-asset]");
        if (tile) this.toggle(photoOf(tile.dataset));
      });
      tiles.addEventListener("htmx:afterSettle", () => this.mark());
      this.$watch("photos", () => this.mark());
    },

    get lead() {
      return this.photos[0];
    },
    get leadSource() {
      return this.sourceOf(this.lead);
    },
    sourceOf(photo) {
      return photo ? photo.preview || photo.local || photo.thumb : "";
    },
    get countText() {
      return this.photos.length ? this.words.chosen.replace("{n}", this.photos.length) : "";
    },

    openPicker() {
      document.getElementById("picker").showModal();
      if (!this.pickerFilled) {
        this.pickerFilled = true;
        window.htmx.trigger("#picker-q", "open");
      }
    },
    toggle(photo) {
      const place = this.photos.findIndex((one) => one.id === photo.id);
      if (place >= 0) this.photos.splice(place, 1);
      else this.add(photo);
      this.changed();
    },
    add(photo) {
      if (this.photos.some((one) => one.id === photo.id)) return;
      const most = Math.max(...Object.values(this.limits).map((limits) => limits.photos));
      if (this.photos.length >= most) {
        window.toast(this.words.tooMany);
        return;
      }
      this.photos.push({ ...withDefaults(photo), local: photo.local ?? "" });
    },
    /** Numbers on the picker's tiles: the place of each chosen photo in the post. */
    mark() {
      for (const tile of document.querySelectorAll("#picker-tiles [data-asset]")) {
        const place = this.photos.findIndex((one) => one.id === tile.dataset.asset);
        tile.toggleAttribute("data-chosen", place >= 0);
        tile.setAttribute("aria-pressed", String(place >= 0));
        tile.querySelector(".tile-mark").textContent = place >= 0 ? place + 1 : "";
      }
    },
    move(from, to) {
      if (to < 0 || to >= this.photos.length || from === to) return;
      const order = [...this.photos];
      order.splice(to, 0, ...order.splice(from, 1));
      this.photos = order;
      this.changed();
    },

    get current() {
      return this.photos.find((photo) => photo.id === this.currentId);
    },
    get currentSource() {
      return this.sourceOf(this.current);
    },
    get currentAlt() {
      return this.current ? this.current.ownAlt || this.current.alt : "";
    },
    get currentRatio() {
      return this.current ? this.ratioOf(this.current) : 1;
    },
    openPhoto(id) {
      if (!id) return this.openPicker();
      this.currentId = id;
      document.getElementById("alt-offer")?.replaceChildren(); // it was about the photo before
      document.getElementById("photo-dialog").showModal();
    },
    describe(event) {
      if (this.current) this.current.ownAlt = event.target.value;
      this.changed();
    },
    crop(shape) {
      if (this.current) this.current.crop = shape;
      this.changed();
    },
    // People in a photo (Instagram): a spot as shares of the cut that goes out, and a name.
    get currentPeople() {
      return this.current?.people ?? [];
    },
    peopleText(photo) {
      return JSON.stringify(photo.people ?? []);
    },
    point(event) {
      const box = event.currentTarget.getBoundingClientRect();
      const share = (at, start, size) => Math.round(Math.min(Math.max((at - start) / size, 0), 1) * 1000) / 1000;
      this.spot = { x: share(event.clientX, box.left, box.width), y: share(event.clientY, box.top, box.height) };
      this.$refs.person.focus();
    },
    tag() {
      const username = this.$refs.person.value.trim().replace(/^@/, "").toLowerCase();
      if (!this.current || !username) return;
      if (!/^[a-z0-9._]{1,30}$/.test(username)) {
        window.toast(this.words.badName);
        return;
      }
      this.current.people = [...this.currentPeople.filter((one) => one.username !== username), { username, ...this.spot }];
      this.spot = { x: 0.5, y: 0.5 };
      this.$refs.person.value = "";
      this.changed();
    },
    untag(username) {
      if (this.current) this.current.people = this.currentPeople.filter((one) => one.username !== username);
      this.changed();
    },
    pin(element, person) {
      element.style.left = `${person.x * 100}%`;
      element.style.top = `${person.y * 100}%`;
    },
    shift(step) {
      const from = this.photos.findIndex((photo) => photo.id === this.currentId);
      this.move(from, from + step);
    },
    takeOut() {
      const from = this.photos.findIndex((photo) => photo.id === this.currentId);
      const [photo] = this.photos.splice(from, 1);
      document.getElementById("photo-dialog").close();
      this.changed();
      window.toast(this.words.removed, {
        label: this.words.undo,
        run: () => {
          this.photos.splice(from, 0, photo);
          this.changed();
        },
      });
    },
  };
}
