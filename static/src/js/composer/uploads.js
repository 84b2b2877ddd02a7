// Upload in place: several at once, progress per file, retry of one, which goes on where the line broke; then wait until each thumbnail is made.
import { send } from "../library/upload.js";

const POLL = 1200; // ms between looks at photos that are being prepared
const PATIENCE = 120; // looks, then we stop asking (the server goes on by itself)

export function uploads(data) {
  return {
    uploads: [],
    dragging: false,
    looks: 0,

    over() {
      this.dragging = true;
    },
    left(event) {
      if (!event.currentTarget.contains(event.relatedTarget)) this.dragging = false;
    },
    dropped(event) {
      this.dragging = false;
      this.send([...event.dataTransfer.files]);
    },
    chosenFiles(event) {
      this.send([...event.target.files]);
      event.target.value = "";
      document.getElementById("picker").close();
    },
    send(files) {
      for (const file of files) {
        const upload = { key: `${Date.now()}-${Math.random()}`, name: file.name, percent: 0, problem: "" };
        this.uploads.push(upload);
        this.start(this.uploads.at(-1), file);
      }
    },
    start(upload, file) {
      upload.problem = "";
      upload.percent = 0;
      waiting.set(upload.key, file);
      // The library's own way: large files in pieces, straight into the bucket where there is one.
      send({ whole: data.urls.upload, pieces: data.urls.pieces }, file, { csrfmiddlewaretoken: this.token() }, {
        progress: (share) => (upload.percent = Math.round(share * 100)),
        done: (answer) => this.arrived(upload, file, answer),
        refused: (sentence) => (upload.problem = sentence || this.words.failed),
        broke: (sentence) => (upload.problem = sentence || this.words.failed),
      });
    },
    again(key) {
      const upload = this.uploads.find((one) => one.key === key);
      if (upload) this.start(upload, waiting.get(key));
    },
    drop(key) {
      waiting.delete(key);
      this.uploads = this.uploads.filter((one) => one.key !== key);
    },
    arrived(upload, file, answer) {
      this.drop(upload.key);
      // A browser can show most photos itself until ours is ready; HEIC it cannot.
      const local = /^image\/(jpeg|png|webp|gif|avif)$/.test(file.type) ? URL.createObjectURL(file) : "";
      this.add({ ...answer, local });
      if (answer.duplicate_of) window.toast(this.words.duplicate);
      this.changed();
      this.looks = 0;
      this.lookAfter();
    },
    /** Looks after photos that are still being prepared. */
    async lookAfter() {
      clearTimeout(this.timer);
      const open = this.photos.filter((photo) => photo.state === "processing");
      if (!open.length || this.looks++ > PATIENCE) return;
      this.timer = setTimeout(() => this.lookAfter(), POLL);
      for (const { status_url: address } of open) {
        const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
        if (answer?.ok) this.news(await answer.json());
      }
    },
    news(fresh) {
      const photo = this.photos.find((one) => one.id === fresh.id);
      if (!photo) return;
      if (fresh.state !== "refused") {
        Object.assign(photo, fresh);
        return;
      }
      this.photos = this.photos.filter((one) => one.id !== fresh.id);
      this.uploads.push({ key: fresh.id, name: fresh.title, percent: 100, problem: fresh.reason });
      this.changed();
    },
  };
}

const waiting = new Map(); // upload key -> File: not reactive data, a proxy around a File cannot be sent
