// Never lose work: saved on the server a moment after every change, kept on this device while that does not succeed.
const PAUSE = 1200; // ms of quiet before a save
const RETRY = 8000;

export function saving(data) {
  return {
    post: data.post,
    version: data.version,
    state: "",
    problem: "",
    conflict: null,
    kept: null,
    dirty: false,
    busy: false,
    leaving: false,
    saveUrl: data.urls.save,
    deleteUrl: data.urls.delete,

    startSaving() {
      this.kept = this.recall();
      this.follow();
      this.lookAfter();
      window.addEventListener("online", () => this.dirty && this.save());
      document.addEventListener("visibilitychange", () => document.hidden && this.dirty && this.save());
      window.addEventListener("pageshow", () => (this.leaving = false)); // the page came back from the history
      window.addEventListener("beforeunload", (event) => {
        if (this.dirty && !this.leaving && data.scheduled) event.preventDefault();
      });
    },
    get stateText() {
      return this.problem || (this.words[this.state] ?? "");
    },
    get conflictText() {
      return this.conflict?.sentence ?? "";
    },
    token() {
      return this.$root.querySelector("[name=csrfmiddlewaretoken]").value;
    },
    storeKey() {
      return `composer:${location.pathname}`;
    },

    changed() {
      this.dirty = true;
      this.keep();
      if (data.scheduled || this.conflict) {
        this.state = "unsaved";
        return;
      }
      clearTimeout(this.saver);
      this.saver = setTimeout(() => this.save(), PAUSE);
    },
    async save() {
      if (this.busy || this.conflict || data.scheduled || !this.dirty || this.leaving) return;
      this.busy = true;
      this.problem = "";
      this.dirty = false;
      this.state = "saving";
      await this.$nextTick();
      const answer = await fetch(this.saveUrl, {
        method: "POST",
        body: this.fields(),
        headers: { "X-CSRFToken": this.token(), Accept: "application/json" },
        keepalive: document.hidden, // outlives the page, but takes 64 KB at most
      }).catch(() => null);
      const found = answer ? await answer.json().catch(() => ({})) : {};
      this.busy = false;
      if (answer?.ok) this.saved(found);
      else if (answer?.status === 409) {
        this.conflict = found;
        this.state = "unsaved";
        this.$root.scrollIntoView({ block: "start" });
      }
      else this.unsaved(answer, found);
    },
    /** The form without files and without the writer's fields. */
    fields() {
      const fields = new URLSearchParams();
      for (const [name, value] of new FormData(this.$root)) if (typeof value === "string") fields.append(name, value);
      return fields;
    },
    saved(found) {
      if (found.post) {
        if (found.url && !this.post) {
          this.forget();
          history.replaceState(null, "", found.url);
          this.$root.action = found.url;
        }
        this.post = found.post;
        this.version = found.version;
        this.saveUrl = found.save;
        this.deleteUrl = found.delete;
        this.generation = "";
      }
      if (found.checks !== undefined) document.getElementById("checks").innerHTML = found.checks;
      this.state = found.post ? "saved" : "";
      if (this.dirty) this.changed();
      else this.forget();
    },
    unsaved(answer, found) {
      this.dirty = true;
      this.state = answer ? "unsaved" : "offline";
      this.problem = found.sentence ?? "";
      if (this.problem) return; // something typed is not right yet: the next change tries again
      clearTimeout(this.saver);
      this.saver = setTimeout(() => this.save(), RETRY);
    },

    // Two windows: theirs is on the server, ours on the screen; the person chooses.
    takeTheirs() {
      this.leaving = true;
      this.forget();
      location.reload();
    },
    keepMine() {
      this.version = this.conflict.version;
      this.conflict = null;
      this.dirty = true;
      this.save();
    },

    // Kept on this device only until the server has it.
    keep() {
      const text = JSON.stringify({ caption: this.caption, own: this.own, mine: this.mine, version: this.version });
      try {
        localStorage.setItem(this.storeKey(), text);
      } catch {
        // a full or forbidden store only means that the server's copy is the only one
      }
    },
    forget() {
      this.kept = null;
      try {
        localStorage.removeItem(this.storeKey());
      } catch {
        // see keep()
      }
    },
    recall() {
      try {
        const found = JSON.parse(localStorage.getItem(this.storeKey()));
        const words = (one) => [one.caption, one.own.facebook && one.mine.facebook, one.own.instagram && one.mine.instagram].join("\u0000");
        return found && found.caption !== undefined && words(found) !== words(this) ? found : null;
      } catch {
        return null;
      }
    },
    restore() {
      Object.assign(this, { caption: this.kept.caption, own: this.kept.own, mine: this.kept.mine });
      this.kept = null;
      this.changed();
    },

    /** Waits for a save that is on its way: two versions of one post must not race. */
    async submitting(event) {
      if (this.leaving) return;
      event.preventDefault();
      const button = event.submitter;
      button?.setAttribute("aria-busy", "true");
      clearTimeout(this.saver);
      while (this.busy) await new Promise((done) => setTimeout(done, 50));
      this.leaving = true;
      await this.$nextTick();
      this.forget();
      this.$root.requestSubmit(button);
    },
  };
}
