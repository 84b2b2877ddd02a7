// Now, at a time, or at the next free weekly time. The sentence under the field comes from the server: it alone knows the restaurant's clock changes.
export function when() {
  return {
    when: "later",
    publishAt: "",
    actionWord: "",

    startWhen() {
      const field = document.getElementById("publish_at");
      this.when = this.$root.querySelector("[name=when]:checked")?.value ?? "later";
      this.publishAt = field?.value ?? "";
      this.say();
      this.$watch("when", () => { this.say(); this.askNext(); });
      this.askNext();
    },
    say() {
      const words = this.$refs.actionWord?.dataset;
      if (words) this.actionWord = this.when === "now" ? words.now : words.later;
    },
    /** Each place has weekly times of its own, so the answer follows what is ticked. */
    askNext() {
      if (this.when === "next") this.$nextTick(() => window.htmx.trigger("#when-next", "ask"));
    },
    pickTime(event) {
      this.publishAt = event.currentTarget.dataset.at;
      this.$nextTick(() => window.htmx.trigger("#publish_at", "pick"));
    },
  };
}
