// The composer page: one Alpine component made of parts that each know one subject.
import { emojis } from "./composer/emoji.js";
import { photos } from "./composer/photos.js";
import { preview } from "./composer/preview.js";
import { saving } from "./composer/saving.js";
import { texts } from "./composer/texts.js";
import { uploads } from "./composer/uploads.js";
import { when } from "./composer/when.js";

/** Copies descriptors, so that getters stay getters (a spread would read them once). */
function mix(...parts) {
  const whole = {};
  for (const part of parts) Object.defineProperties(whole, Object.getOwnPropertyDescriptors(part));
  return whole;
}

function composer() {
  const data = JSON.parse(document.getElementById("composer-data").textContent);
  return mix(
    texts(data), photos(data), uploads(data), preview(data), when(), saving(data),
    {
      places: data.places,
      limits: data.limits,
      words: data.words,
      emojis,

      init() {
        this.startWhen();
        this.startPreview();
        this.startPhotos();
        this.startSaving();
        this.startParts();
        this.$nextTick(() => this.startErrors());
      },

      /** The networks of the ticked places, in the page's order. */
      get platforms() {
        return [...new Set(this.places.filter((place) => place.chosen).map((place) => place.platform))];
      },
      placed() {
        for (const box of this.$root.querySelectorAll("[data-place]")) {
          const place = this.places.find((one) => one.id === box.dataset.place);
          if (place) place.chosen = box.checked;
        }
        this.follow();
        this.askNext();
      },

      /** After a refusal the page comes back: go to the first sentence, into its field. */
      startErrors() {
        const first = this.$root.querySelector(".composer-form .error-text:not([x-show])");
        if (!first) return;
        const part = first.closest("section, .field");
        part?.scrollIntoView({ block: "center" });
        part?.querySelector("[aria-invalid=true], input:not([type=hidden])")?.focus({ preventScroll: true });
      },

      /** Buttons in parts that the server sends: fixes of the check list, captions of the writer. */
      startParts() {
        this.$root.addEventListener("click", (event) => {
          const fix = event.target.closest("[data-fix]");
          if (fix) this.fix(fix.dataset.fix);
          const use = event.target.closest("[data-use-variant]");
          if (use) this.useVariant(use.dataset);
        });
      },
      fix(field) {
        if (field === "assets") this.openPicker();
        else if (field === "ratio") this.openPhoto(this.photos.find((photo) => photo.crop === "ig_original")?.id);
        else if (field === "alt") this.openPhoto((this.photos.find((photo) => !photo.alt && !photo.ownAlt) ?? this.photos[0])?.id);
        else {
          const part = document.getElementById(`part-${field}`) ?? document.getElementById("part-caption");
          part.scrollIntoView({ block: "start", behavior: "smooth" });
          part.querySelector("textarea:not([hidden]), input")?.focus({ preventScroll: true });
        }
      },
    },
  );
}

document.addEventListener("alpine:init", () => window.Alpine.data("composer", composer));
