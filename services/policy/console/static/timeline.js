// The timeline as a calendar, and what keeps an open page at the present.

import { say } from "./console.js";

const TABLE_ROLES = ["table", "rowgroup", "row", "rowheader", "columnheader", "cell"].map((each) => `[role=${each}]`).join();
const PLACES = ["aria-colindex", "aria-rowindex", "aria-colcount", "aria-rowcount", "aria-colspan", "aria-rowspan"];

const calendar = document.getElementById("calendar");
const table = document.querySelector("#list[data-changes]");

if (calendar) showCalendar(calendar);
else if (table) {
  // htmx replaces the table; what is told of stays the same.
  keepCurrent(table, () => document.getElementById("list").dispatchEvent(new Event("schedule-changed")));
}

/** Call `look` with the ids of spaces that have changed, or with none after a while in which nobody told us.
 *
 *  `element` names the address that tells, and is marked as live while it does.
 *
 *  A hidden page asks for nothing: a browser keeps few connections to one server, for all of its pages together.
 */
function keepCurrent(element, look) {
  let source = null;
  let wasAway = false;
  const open = () => {
    source = new EventSource(element.dataset.changes);
    source.addEventListener("open", () => {
      if (wasAway) look([]);
      wasAway = false;
      element.dataset.live = "";
    });
    source.addEventListener("changed", (event) => look(event.data.split(" ")));
    source.addEventListener("error", () => {
      wasAway = true;
      delete element.dataset.live;
      // Refused, as when the session has ended: the browser does not try again by itself.
      if (source.readyState === EventSource.CLOSED) look([]);
    });
  };
  const close = () => {
    source?.close();
    source = null;
    wasAway = true;
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : source ?? open()));
  addEventListener("pagehide", close);
  if (!document.hidden) open();
}

function showCalendar(element) {
  const { schedule, reservation, choose, zone, day, days, mayBook } = element.dataset;
  const isEditable = mayBook !== undefined;
  const shown = new Map(); // what each space has, by its id
  let shownCalendar = null;

  /** Go to the form for what was dragged, which says what it will do before it is done. */
  const goTo = (what) => location.assign(`${choose}?${new URLSearchParams({ ...what, zone })}`);
  const written = (date) => {
    const two = (number) => String(number).padStart(2, "0");
    return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
  };
  const chooseTime = ({ event, newResource, revert }) => {
    revert();
    if (newResource) return say("A reservation stays in its space. Book the other one, and cancel this.");
    goTo({ reservation: event.id, space: event.resourceIds[0], start: written(event.start), end: written(event.end) });
  };

  const create = (spaces) => {
    element.replaceChildren();
    const isDay = days === "1";
    shownCalendar = EventCalendar.create(element, {
      view: isDay ? "resourceTimelineDay" : "resourceTimelineWeek",
      duration: { days: Number(days) },
      date: day,
      firstDay: new Date(`${day}T12:00`).getDay(),
      height: "auto",
      headerToolbar: { start: "", center: "", end: "" },
      locale: navigator.language,
      slotDuration: isDay ? "00:30" : "02:00",
      slotWidth: isDay ? 40 : 28,
      slotLabelInterval: isDay ? "01:00" : "06:00",
      scrollTime: "07:00",
      resources: spaces.map((each) => ({ id: each.id, title: each.name, extendedProps: each })),
      resourceLabelContent: ({ resource }) => ({ domNodes: [nameOf(resource.extendedProps)] }),
      events: everything(),
      eventContent: ({ event }) => ({ domNodes: contentOf(event.extendedProps) }),
      eventDidMount: ({ el, event }) => {
        if (event.extendedProps.start) el.title = describe(event.extendedProps);
      },
      eventClick: ({ event }) => event.display === "auto" && location.assign(reservation + event.id),
      editable: isEditable,
      eventDrop: chooseTime,
      eventResize: chooseTime,
      selectable: isEditable,
      select: ({ start, end, resource }) => goTo({ space: resource.id, start: written(start), end: written(end) }),
    });
    dropRoles();
    // The calendar scrolls in itself, so the keyboard has to get there.
    const scrolled = element.querySelector(".ec-main");
    scrolled?.setAttribute("tabindex", "0");
    scrolled?.setAttribute("role", "region");
    scrolled?.setAttribute("aria-label", "Calendar");
  };
  /** Leave the buttons and their words: the calendar calls itself a table, but its rows have no cells. */
  const dropRoles = () => {
    for (const each of element.querySelectorAll(TABLE_ROLES)) each.removeAttribute("role");
    for (const name of PLACES) for (const each of element.querySelectorAll(`[${name}]`)) each.removeAttribute(name);
  };
  const everything = () => [...shown.values()].flat();

  const look = async (only) => {
    const query = only.map((each) => `&only=${each}`).join("");
    let answer;
    try {
      answer = await fetch(schedule + query, { headers: { Accept: "application/json" } });
    } catch {
      return say("The server cannot be reached. What is shown may be old.");
    }
    if (answer.status === 401) return say("Your session has ended. Reload the page to sign in again.");
    if (!answer.ok) return say("What is booked could not be loaded. Reload the page to try again.");
    const found = await answer.json();
    say("");
    for (const each of found.spaces) shown.set(each.id, []);
    for (const each of eventsOf(found, isEditable)) shown.get(each.resourceIds[0])?.push(each);
    if (shownCalendar) {
      shownCalendar.setOption("events", everything());
      requestAnimationFrame(dropRoles);
    } else create(found.spaces);
    element.dataset.at = new Date().toISOString();
  };

  keepCurrent(element, look);
  look([]);
}

function eventsOf(found, isEditable) {
  const background = (kind, describe) => (each) => ({
    start: each.start, end: each.end, resourceIds: [each.space], display: "background", classNames: [kind],
    extendedProps: { ...each, meaning: describe(each) },
  });
  return [
    ...found.reservations.map((each) => ({
      id: each.id, start: each.start, end: each.end, title: each.title, resourceIds: [each.space],
      classNames: [each.kind], editable: isEditable, extendedProps: each,
    })),
    ...found.buffers.map(background("buffer", () => "Set up or cleaned")),
    ...found.blocked.map(background("blocked", (each) => each.why)),
  ];
}

function describe({ title, for: organizer, start, end, meaning }) {
  const times = `${start.slice(11, 16)} to ${end.slice(11, 16)}`;
  return [title, organizer, times, meaning].filter(Boolean).join(", ");
}

function contentOf(about) {
  if (!about.start) return []; // where something is being dragged to
  const text = document.createElement("span");
  text.textContent = about.title ?? "";
  const more = document.createElement("span");
  more.className = "visually-hidden";
  more.textContent = `, ${describe({ ...about, title: "" })}`;
  return about.title ? [text, more] : [more];
}

function nameOf(space) {
  const name = document.createElement("span");
  name.className = "room";
  name.textContent = space.name;
  const people = document.createElement("span");
  people.className = "soft";
  people.textContent = ` (${space.capacity})`;
  const both = document.createElement("span");
  both.append(name, people);
  return both;
}
