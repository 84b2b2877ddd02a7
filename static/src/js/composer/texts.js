// Words: one shared caption, and per network a text of its own once somebody edits it there.
import { hashtags, level, mentions } from "./counting.js";

export function texts(data) {
  return {
    caption: data.caption,
    own: { facebook: data.captions.facebook !== undefined, instagram: data.captions.instagram !== undefined },
    mine: { facebook: data.captions.facebook ?? "", instagram: data.captions.instagram ?? "" },
    tab: "",
    kind: data.kind,
    asking: "write",
    generation: "",

    has(platform) {
      return this.platforms.includes(platform) || this.own[platform];
    },
    get edited() {
      return Object.keys(this.own).filter((platform) => this.own[platform]);
    },
    /** What goes out there: an emptied own text falls back to the shared one, as on the server. */
    wordsFor(platform) {
      return this.own[platform] && this.mine[platform].trim() ? this.mine[platform] : this.caption;
    },
    textOf(platform) {
      return platform && this.own[platform] ? this.mine[platform] : this.caption;
    },
    show(platform) {
      this.tab = platform;
      if (platform) this.preview(platform);
      this.$nextTick(() => this.area().focus());
    },
    edit(platform, event) {
      this.own[platform] = true;
      this.mine[platform] = event.target.value;
    },
    useShared() {
      const platform = this.tab;
      const before = this.mine[platform];
      this.own[platform] = false;
      this.changed();
      window.toast(this.words.restored, { label: this.words.undo, run: () => this.setText(platform, before) });
    },
    setText(platform, text) {
      if (platform) {
        this.own[platform] = true;
        this.mine[platform] = text;
      } else this.caption = text;
      this.changed();
    },

    area() {
      return this.$refs[this.tab || "shared"];
    },
    /** Puts `text` where the cursor stands in the text that is shown. */
    insert(text) {
      const area = this.area();
      const { selectionStart: start, selectionEnd: end, value } = area;
      const gap = text === "#" && start > 0 && !/\s/.test(value[start - 1]) ? " " : "";
      this.setText(this.tab, value.slice(0, start) + gap + text + value.slice(end));
      this.$refs.emoji.open = false;
      this.$nextTick(() => {
        area.focus();
        area.selectionStart = area.selectionEnd = start + gap.length + text.length;
      });
    },
    addTag(event) {
      const tag = `#${event.currentTarget.dataset.tag}`;
      const text = this.textOf(this.tab);
      if (new RegExp(`${tag}(?![\\p{L}\\p{N}_])`, "iu").test(text)) return;
      const joint = text.trim() === "" ? "" : /#\S+\s*$/.test(text) ? " " : "\n\n";
      this.setText(this.tab, text.trimEnd() + joint + tag);
    },
    /** The dialog of the writer, with the part that this change needs; "write" for new words. */
    openChange(part) {
      this.asking = part;
      document.getElementById("variants").innerHTML = "";
      if (this.$refs.changes) this.$refs.changes.open = false;
      document.getElementById("writer").showModal();
    },
    /** Shorter and longer need no question: the dialog only shows what comes. */
    changing() {
      this.openChange("change");
    },
    useVariant({ text, generation }) {
      const before = this.textOf(this.tab);
      const tab = this.tab;
      this.generation = generation;
      this.setText(tab, text);
      document.getElementById("writer").close();
      window.toast(this.words.inserted, { label: this.words.undo, run: () => this.setText(tab, before) });
    },

    /** Said aloud once, not at every key: the networks that will not take this text. */
    get alarm() {
      const long = this.platforms.filter((platform) => this.wordsFor(platform).length > this.limits[platform].max);
      return long.length ? `${this.words.tooLong} ${long.map((platform) => this.limits[platform].name).join(", ")}` : "";
    },

    /** A counter for the network that is shown, or for each whose shared text this is. */
    get counters() {
      const wanted = this.tab ? [this.tab] : this.platforms.filter((platform) => !this.own[platform]);
      return wanted.flatMap((platform) => {
        const limits = this.limits[platform];
        const text = this.textOf(platform);
        const icon = data.icons[platform];
        const found = [{
          key: `${platform}-length`, icon, level: level(text.length, limits.max),
          text: `${text.length.toLocaleString()} / ${limits.max.toLocaleString()}`,
        }];
        const tags = hashtags(text);
        if (limits.hashtags && tags) found.push({ key: `${platform}-tags`, icon: "", level: level(tags, limits.hashtags), text: `# ${tags} / ${limits.hashtags}` });
        const names = mentions(text);
        if (limits.mentions && names) found.push({ key: `${platform}-names`, icon: "", level: level(names, limits.mentions), text: `@ ${names} / ${limits.mentions}` });
        return found;
      });
    },
  };
}
