// On every page: htmx, Alpine (the build without eval) and the few behaviours that HTML lacks.
import Alpine from "@alpinejs/csp";
import htmx from "htmx.org";
import { startDialogs } from "./parts/dialogs.js";
import { startFills } from "./parts/fill.js";
import { startNotices, toast } from "./parts/notices.js";
import { startPictures } from "./parts/pictures.js";
import { startTheme } from "./parts/theme.js";
import { startMenus, startRequests, startTabs } from "./parts/page.js";

window.htmx = htmx;
window.Alpine = Alpine;
window.toast = toast;

startTheme();
startDialogs();
startNotices();
startMenus();
startTabs();
startFills();
startPictures();
startRequests(htmx);

// Page scripts are deferred too and may stand after this one: they register components on "alpine:init".
document.addEventListener("DOMContentLoaded", () => Alpine.start());
