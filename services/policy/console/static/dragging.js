// Times chosen with the mouse on the board: a new one, another for a reservation, or another end of it.

const STARTS_AT_PX = 5;
const EDGE_PX = 8;

/** Call `choose` with what was dragged: {space, start, end} in minutes, and the reservation if it is one that moves.
 *
 *  `refuse` is called when a reservation is dropped into another space. A finger scrolls instead; forms do the same.
 */
export function letDrag(board, choose, refuse) {
  board.element.addEventListener("pointerdown", (down) => {
    const lane = down.target.closest?.(".lane");
    if (!lane || down.pointerType === "touch" || down.button !== 0) return;
    const event = down.target.closest(".event");
    const drag = event ? ofEvent(board, lane, event, down) : ofNew(board, lane, down);
    const ghost = document.createElement("div");
    ghost.className = "ghost";
    let span = null;

    const move = (moved) => {
      if (!span && Math.abs(moved.clientX - down.clientX) + Math.abs(moved.clientY - down.clientY) < STARTS_AT_PX) return;
      if (!span) lane.append(ghost);
      span = drag.span(board.minuteAt(lane, moved.clientX));
      board.place(ghost, span.start, span.end);
      moved.preventDefault();
    };
    const end = (up) => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      ghost.remove();
      if (!span) return;
      // What was dragged is no click on a link.
      const swallow = (click) => click.preventDefault();
      addEventListener("click", swallow, { capture: true });
      setTimeout(() => removeEventListener("click", swallow, { capture: true }));
      if (up.type === "pointercancel" || span.end <= span.start) return;
      const over = document.elementFromPoint(up.clientX, up.clientY)?.closest(".lane");
      if (event && over && over !== lane) refuse();
      else choose({ space: lane.dataset.space, ...span, ...drag.about });
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  });
}

function ofNew(board, lane, down) {
  const first = board.minuteAt(lane, down.clientX, Math.floor);
  return { about: {}, span: (minute) => ({ start: Math.min(first, minute), end: Math.max(first, minute) }) };
}

function ofEvent(board, lane, event, down) {
  const start = Number(event.dataset.start);
  const end = Number(event.dataset.end);
  const about = { reservation: event.dataset.id };
  if (event.getBoundingClientRect().right - down.clientX <= EDGE_PX) {
    return { about, span: (minute) => ({ start, end: Math.max(start + board.snap, minute) }) };
  }
  const held = board.minuteAt(lane, down.clientX);
  return { about, span: (minute) => ({ start: start + minute - held, end: end + minute - held }) };
}
