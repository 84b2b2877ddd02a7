// The browser knows its time zone and region: choose them in the form unless a person or the server already did.
for (const select of document.querySelectorAll("select[data-guess]")) {
  const options = Intl.DateTimeFormat().resolvedOptions();
  const region = new Intl.Locale(navigator.language).maximize().region;
  const guess = select.dataset.guess === "timezone" ? options.timeZone : region;
  // a form that comes back with errors keeps what was sent
  const untouched = !document.querySelector("[aria-invalid=true]");
  if (untouched && [...select.options].some((option) => option.value === guess)) select.value = guess;
}
