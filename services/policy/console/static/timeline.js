// The timeline: as a board that is drawn of what is fetched, or as a table that htmx fetches anew.

import { Board } from "./board.js";
import { letDrag } from "./dragging.js";
import { keepCurrent } from "./live.js";
import { say } from "./say.js";

const calendar = document.getElementById("calendar");
const table = document.querySelector("#list[data-changes]");

if (calendar) showBoard(calendar);
else if (table) {
  // htmx replaces the table; what is told of stays the same.
  keepCurrent(table, () => document.getElementById("list").dispatchEvent(new Event("schedule-changed")));
}

function showBoard(element) {
  const { schedule, reservation, choose, zone, day, days, mayBook } = element.dataset;
  const board = new Board(element, { day, days: Number(days), zone, reservation });
  let isDrawn = false;
  let last = Promise.resolve();

  // One after the other, so that an answer that took longer does not replace a later one.
  const look = (only) => {
    last = last.then(() => lookNow(only));
  };
  const lookNow = async (only) => {
    const found = await fetchSchedule(schedule + only.map((each) => `&only=${each}`).join(""));
    if (!found) return;
    if (!isDrawn) board.draw(found.spaces);
    isDrawn = true;
    const bySpace = new Map(found.spaces.map((each) => [each.id, { reservations: [], stretches: [] }]));
    for (const each of found.reservations) bySpace.get(each.space).reservations.push({ ...each, meaning: found.meanings[each.kind] });
    for (const each of found.buffers) bySpace.get(each.space).stretches.push({ ...each, kind: "buffer", why: "Set up or cleaned" });
    for (const each of found.blocked) bySpace.get(each.space).stretches.push({ ...each, kind: "blocked" });
    await board.fillAll(bySpace, () => (element.dataset.at = new Date().toISOString()));
  };

  if (mayBook !== undefined) {
    // The form says what it will do before it is done.
    const goTo = ({ start, end, ...about }) => {
      const query = { ...about, start: board.clock(start), end: board.clock(end), zone };
      location.assign(`${choose}?${new URLSearchParams(query)}`);
    };
    letDrag(board, goTo, () => say("A reservation stays in its space. Book the other one, and cancel this."));
  }
  keepCurrent(element, look);
  look([]);
}

/** Fetch what is booked; say what to do if that cannot be had, and return nothing. */
async function fetchSchedule(address) {
  let answer;
  try {
    answer = await fetch(address, { headers: { Accept: "application/json" } });
  } catch {
    say("The server cannot be reached. What is shown may be old.");
    return null;
  }
  if (answer.ok) {
    say("");
    return answer.json();
  }
  const isOver = answer.status === 401;
  say(isOver ? "Your session has ended. Reload the page to sign in again." : "What is booked could not be loaded. Reload the page to try again.");
  return null;
}
