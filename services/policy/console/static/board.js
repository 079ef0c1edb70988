// The board of the timeline: a row for each space, and what it has along the clock of one zone.
//
// Times are as the clock on the wall shows them, without a zone: "2027-01-05T09:30:00". They are counted in minutes from
// the first midnight, so that no clock of the browser has a say.

const MINUTE = 60_000;
const DAY = 1440;
const SMALLEST_PX = 24; // what a finger can hit: https://www.w3.org/TR/WCAG22/#target-size-minimum
const LINE_REM = 1.9;

export class Board {
  constructor(element, { day, days, zone, reservation }) {
    this.element = element;
    this.base = Date.parse(`${day}T00:00Z`);
    this.days = days;
    this.zone = zone;
    this.reservation = reservation;
    this.dayPx = days === 1 ? 1920 : days === 7 ? 480 : 168;
    this.snap = days === 1 ? 15 : 30;
    this.lanes = new Map();
  }

  get minutes() {
    return this.days * DAY;
  }

  /** Return how many minutes after the first midnight a time is. */
  at(clock) {
    return (Date.parse(`${clock}Z`) - this.base) / MINUTE;
  }

  /** Return the time so many minutes after the first midnight, as forms have it. */
  clock(minutes) {
    return new Date(this.base + minutes * MINUTE).toISOString().slice(0, 16);
  }

  /** Draw a row for each space, all of them empty. */
  draw(spaces) {
    const rows = spaces.map((each) => this.#row(each));
    const scrolled = make("div", "scrolled", { tabindex: "0", role: "region", "aria-label": "Calendar" });
    const board = make("div", "board");
    board.append(this.#head(), ...rows);
    board.style.setProperty("--wide", `${this.days * this.dayPx}px`);
    board.style.setProperty("--hour", `${this.dayPx / 24}px`);
    board.style.setProperty("--day", `${this.dayPx}px`);
    scrolled.append(board);
    this.element.replaceChildren(scrolled);
    this.now = make("div", "now", { "aria-hidden": "true" });
    board.append(this.now);
    this.#showNow();
    setInterval(() => this.#showNow(), MINUTE);
    scrolled.scrollLeft = this.days === 1 ? (7 * this.dayPx) / 24 : 0;
  }

  /** Show what a space has, in place of what was shown: reservations, and stretches that are no reservations. */
  fill(spaceId, reservations, stretches) {
    const lane = this.lanes.get(spaceId);
    if (!lane) return;
    const placed = this.#stack(reservations);
    const lines = Math.max(1, ...placed.map(({ line }) => line + 1));
    lane.style.height = `${lines * LINE_REM}rem`;
    lane.classList.remove("unfilled");
    lane.replaceChildren(...stretches.map((each) => this.#stretch(each)), ...placed.map((each) => this.#event(each)));
  }

  /** Fill many rows. `onSight` is called once those in sight are filled, and the promise ends with the last of all.
   *
   *  The others are filled while nothing else is to be done: five thousand reservations take a second and a half.
   */
  async fillAll(bySpace, onSight) {
    const bottom = innerHeight;
    const [inSight, others] = [[], []];
    for (const [id, has] of bySpace) (this.#top(id) < bottom ? inSight : others).push([id, has]);
    for (const [id, { reservations, stretches }] of inSight) this.fill(id, reservations, stretches);
    onSight();
    for (const [id, { reservations, stretches }] of others) {
      await untilIdle();
      this.fill(id, reservations, stretches);
    }
  }

  /** Put an element where a span of minutes is. */
  place(element, start, end) {
    const from = Math.max(0, start);
    const until = Math.min(this.minutes, end);
    element.style.left = `${(from / this.minutes) * 100}%`;
    element.style.width = `max(${SMALLEST_PX}px, ${((until - from) / this.minutes) * 100}%)`;
  }

  /** Return the minute at a place of the screen, on the grid of times that can be chosen. */
  minuteAt(lane, clientX, round = Math.round) {
    const box = lane.getBoundingClientRect();
    const minutes = ((clientX - box.left) / box.width) * this.minutes;
    return Math.min(this.minutes, Math.max(0, round(minutes / this.snap) * this.snap));
  }

  #top(spaceId) {
    return this.lanes.get(spaceId)?.getBoundingClientRect().top ?? 0;
  }

  /** Give each reservation the first line in which nothing is shown at its time. */
  #stack(reservations) {
    const smallest = (SMALLEST_PX / this.dayPx) * DAY;
    const ends = [];
    return reservations.map((about) => {
      const start = this.at(about.start);
      const end = this.at(about.end);
      let line = ends.findIndex((each) => each <= start);
      if (line < 0) line = ends.length;
      ends[line] = Math.max(end, start + smallest);
      return { about, start, end, line };
    });
  }

  #event({ about, start, end, line }) {
    const event = make("a", `event ${about.kind}`, { href: this.reservation + about.id, draggable: "false" });
    const said = [about.title, about.for, `${time(about.start)} to ${time(about.end)}`, about.meaning];
    event.textContent = about.title;
    event.title = said.filter(Boolean).join(", ");
    event.setAttribute("aria-label", event.title);
    Object.assign(event.dataset, { id: about.id, start, end });
    this.place(event, start, end);
    event.style.top = `${line * LINE_REM}rem`;
    return event;
  }

  #stretch({ kind, start, end, why }) {
    const stretch = make("div", `stretch ${kind}`, { title: why });
    this.place(stretch, this.at(start), this.at(end));
    return stretch;
  }

  #row(space) {
    const row = make("section", "row");
    const name = make("h3", "room");
    const people = make("span", "soft");
    people.textContent = ` (${space.capacity})`;
    name.append(space.name, people);
    const lane = make("div", "lane unfilled");
    lane.dataset.space = space.id;
    lane.style.height = `${LINE_REM}rem`;
    this.lanes.set(space.id, lane);
    row.append(name, lane);
    return row;
  }

  #head() {
    const head = make("div", "head", { "aria-hidden": "true" });
    const written = new Intl.DateTimeFormat(navigator.language, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
    for (let day = 0; day < this.days; day += 1) {
      const name = make("span", "name");
      name.textContent = written.format(this.base + day * DAY * MINUTE);
      const box = make("span", "day");
      box.append(name); // stays in sight while its day does
      this.#tick(head, box, day * DAY);
      const every = this.days === 1 ? 1 : this.days === 7 ? 6 : 24;
      for (let hour = 0; hour < 24; hour += every) {
        const tick = make("span", "hour");
        tick.textContent = this.days === 31 ? "" : `${String(hour).padStart(2, "0")}:00`;
        this.#tick(head, tick, day * DAY + hour * 60);
      }
    }
    return head;
  }

  #tick(head, tick, minutes) {
    tick.style.left = `calc(var(--names) + ${(minutes / this.minutes) * 100}% - ${minutes / this.minutes} * var(--names))`;
    head.append(tick);
  }

  #showNow() {
    const now = new Date().toLocaleString("sv-SE", { timeZone: this.zone }).replace(" ", "T");
    const minutes = this.at(now);
    this.now.hidden = minutes < 0 || minutes > this.minutes;
    this.now.style.left = `calc(var(--names) + ${minutes / this.minutes} * var(--wide))`;
  }
}

function make(tag, className, attributes = {}) {
  const element = document.createElement(tag);
  element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** Wait until the browser has nothing else to do. Safari cannot tell: there other work gets its turn in between. */
function untilIdle() {
  return new Promise((done) => (window.requestIdleCallback ?? setTimeout)(done));
}

function time(clock) {
  return clock.slice(11, 16);
}
