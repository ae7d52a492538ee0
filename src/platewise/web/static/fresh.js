// Keeps a page fresh: after each event the page is asked for again, and its live parts are changed.
const AT_LEAST = 1000, EVERY = 60000; // milliseconds: many events come at once, and some things change without any
let waiting;

function isBusy(part) {
  const typed = [...part.querySelectorAll("input")].some((input) => input.value !== input.defaultValue);
  return part.contains(document.activeElement) || typed || part.querySelector("details[open]");
}

async function refresh() {
  waiting = undefined;
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html"); // rendered and escaped by the server
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = page.getElementById(part.id);
    if (!next || isBusy(part)) continue;
    const known = new Set([...part.querySelectorAll("[data-row]")].map((row) => row.dataset.row));
    for (const row of next.querySelectorAll("[data-row]")) if (!known.has(row.dataset.row)) row.classList.add("fresh");
    part.replaceChildren(...next.childNodes);
  }
}

const soon = () => (waiting ??= setTimeout(() => refresh().catch(() => {}), AT_LEAST)); // offline: the next event tries again

/** Follow a stream of events; `hear` is given each of these kinds and tells whether the page has changed. */
export function keepFresh({ address, link, kinds, hear }) {
  let stream, after = new URL(address, location).searchParams.get("after");

  function tell(text) {
    link.textContent = text;
    link.classList.toggle("on", text === "live");
  }

  function heard(event) {
    const told = JSON.parse(event.data);
    after = told.id;
    if (hear(told)) soon();
  }

  function open() {
    stream = new EventSource(`${address.split("?")[0]}?after=${after}`);
    stream.onopen = () => tell("live");
    stream.onerror = () => {
      tell("connecting …");
      if (stream.readyState === EventSource.CLOSED) setTimeout(open, 5000); // refused: perhaps too many listen
    };
    for (const kind of kinds) stream.addEventListener(kind, heard);
  }

  setInterval(soon, EVERY);
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", (event) => event.persisted && open());
  open();
}
