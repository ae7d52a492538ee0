// A car park as it is now: after each of its events the page is asked for again, and its live parts are changed.
const $ = (id) => document.getElementById(id);
const lot = $("lot"), link = $("link"), newest = $("newest");
const EVERY = 60000, AT_LEAST = 1000; // milliseconds: stays grow without events, and many events come at once
const SAID = { Entered: "came in", Left: "went out", Refused: "was refused", Unread: "could not be read", Opened: "opened" };
let stream, after = new URL(lot.dataset.stream, location).searchParams.get("after"), waiting;

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
    const known = new Set([...part.querySelectorAll("[data-visit]")].map((row) => row.dataset.visit));
    for (const row of next.querySelectorAll("[data-visit]")) if (!known.has(row.dataset.visit)) row.classList.add("fresh");
    part.replaceChildren(...next.childNodes);
  }
}

const soon = () => (waiting ??= setTimeout(() => refresh().catch(() => {}), AT_LEAST)); // offline: the next event tries again

function hear(event) {
  const { id, kind, payload } = JSON.parse(event.data);
  after = id;
  if (payload.lot !== lot.dataset.lot) return;
  newest.textContent = `${payload.display ?? payload.gate ?? "A plate"} ${SAID[kind]}${payload.free === undefined ? "" : `, ${payload.free} free`}`;
  soon();
}

function tell(text) {
  link.textContent = text;
  link.classList.toggle("on", text === "live");
}

function open() {
  stream = new EventSource(`${lot.dataset.stream.split("?")[0]}?after=${after}`);
  stream.onopen = () => tell("live");
  stream.onerror = () => {
    tell("connecting …");
    if (stream.readyState === EventSource.CLOSED) setTimeout(open, 5000); // refused: perhaps too many listen
  };
  for (const kind of Object.keys(SAID)) stream.addEventListener(kind, hear);
}

setInterval(soon, EVERY);
addEventListener("pagehide", () => stream.close());
addEventListener("pageshow", (event) => event.persisted && open());
open();
