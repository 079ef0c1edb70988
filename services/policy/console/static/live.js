// What keeps an open page at the present.

/** Call `look` with the ids of spaces that have changed, or with none after a while in which nobody told us.
 *
 *  `element` names the address that tells, and is marked as live while it does. A page that is not in sight asks for
 *  nothing: a browser keeps few connections to one server, for all of its pages together.
 */
export function keepCurrent(element, look) {
  let source = null;
  let wasAway = false;
  const leave = () => {
    wasAway = true;
    delete element.dataset.live;
  };
  const open = () => {
    source = new EventSource(element.dataset.changes);
    source.addEventListener("open", () => {
      if (wasAway) look([]);
      wasAway = false;
      element.dataset.live = "";
    });
    source.addEventListener("changed", (event) => look(event.data.split(" ")));
    source.addEventListener("error", () => {
      leave();
      // Refused, as when the session has ended: the browser does not try again by itself, and a look says why.
      if (source.readyState === EventSource.CLOSED) look([]);
    });
  };
  const close = () => {
    source?.close();
    source = null;
    leave();
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : source ?? open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => event.persisted && (source ?? open()));
  if (!document.hidden) open();
}
