// What the console does in the browser beside htmx. Every page works without it.

import { say } from "./say.js";

/** Write times in the viewer's language: in the zone of the room, which is named, or in the viewer's own. */
function writeTimes(within) {
  for (const time of within.querySelectorAll("time[data-zone], time[data-own]")) {
    const zone = time.dataset.zone;
    const start = new Date(time.dateTime);
    const end = time.dataset.end ? new Date(time.dataset.end) : null;
    const isDays = "days" in time.dataset;
    try {
      const day = { weekday: "short", year: "numeric", month: "short", day: "numeric" };
      const options = isDays ? day : { ...day, hour: "2-digit", minute: "2-digit" };
      const format = new Intl.DateTimeFormat(navigator.language, zone ? { ...options, timeZone: zone } : options);
      // A window ends before its end: the last of whole days is the day before.
      const until = end && isDays ? new Date(end.getTime() - 1) : end;
      const said = until ? format.formatRange(start, until) : format.format(start);
      time.lang = navigator.language;
      time.textContent = zone ? `${said} (${zone})` : said;
    } catch {
      // A zone that this browser does not know: the words of the server stay.
    }
  }
}

/** Return what the page of a problem says, or else that something failed. */
function sentenceOf(html) {
  const problem = new DOMParser().parseFromString(html, "text/html").getElementById("problem");
  return problem?.textContent.trim().replace(/\s+/g, " ") || "This could not be loaded. Reload the page to try again.";
}

document.addEventListener("htmx:beforeRequest", (event) => {
  say("");
  event.detail.target.setAttribute("aria-busy", "true");
});

document.addEventListener("htmx:afterRequest", (event) => {
  event.detail.target.removeAttribute("aria-busy");
});

document.addEventListener("htmx:responseError", (event) => say(sentenceOf(event.detail.xhr.responseText)));

document.addEventListener("htmx:sendError", () => {
  say("The server cannot be reached, so nothing was changed. Check your connection and try again.");
});

document.addEventListener("htmx:afterSettle", (event) => {
  const swapped = document.getElementById(event.detail.target.id) ?? event.detail.elt;
  writeTimes(swapped);
  // What had the focus may be gone with what it stood in; then whoever reads on begins at what is new.
  if (document.activeElement === null || document.activeElement === document.body) {
    swapped.focus({ preventScroll: true });
  }
});

// A form that was sent is not sent again by a second click.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if ("sent" in event.target.dataset) event.preventDefault();
  event.target.dataset.sent = "";
});

// A page that comes back from the browser's own cache can be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

writeTimes(document);
