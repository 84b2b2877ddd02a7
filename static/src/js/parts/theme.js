// The stored choice is a cookie, so that the server can write it into <html data-theme> before the first paint.
const YEAR = 365 * 24 * 3600;

export function startTheme() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    const choice = button.dataset.themeChoice; // "light", "dark", or "" for the system's
    const root = document.documentElement;
    if (choice) root.dataset.theme = choice;
    else delete root.dataset.theme;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${choice}; Path=/; Max-Age=${choice ? YEAR : 0}; SameSite=Lax${secure}`;
    for (const other of document.querySelectorAll("[data-theme-choice]")) {
      other.setAttribute("aria-pressed", String(other.dataset.themeChoice === choice));
    }
  });
}
