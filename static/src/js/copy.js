// <button data-copy data-done="Copied"> beside <... data-copy-text>: puts the text on the clipboard and says so.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const source = button.parentElement.querySelector("[data-copy-text]");
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
      window.toast?.(button.dataset.done);
    } catch {
      // no clipboard over plain http: select it, so that the person can copy by hand
      getSelection().selectAllChildren(source);
    }
  });
}
