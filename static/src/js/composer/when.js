// Now or at a time. The sentence under the field comes from the server: it alone knows the restaurant's clock changes.
export function when() {
  return {
    when: "later",
    publishAt: "",
    actionWord: "",

    startWhen() {
      const now = this.$root.querySelector("[name=when][value=now]");
      const field = document.getElementById("publish_at");
      this.when = now?.checked ? "now" : "later";
      this.publishAt = field?.value ?? "";
      this.say();
      this.$watch("when", () => this.say());
    },
    say() {
      const words = this.$refs.actionWord?.dataset;
      if (words) this.actionWord = this.when === "now" ? words.now : words.later;
    },
    pickTime(event) {
      this.publishAt = event.currentTarget.dataset.at;
      this.$nextTick(() => window.htmx.trigger("#publish_at", "pick"));
    },
  };
}
