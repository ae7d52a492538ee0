// What is new as it comes: each event is, or names, something whose card the server renders.
const $ = (id) => document.getElementById(id);
const list = $("live"), link = $("link"), pause = $("pause"), newest = $("newest"), waiting = $("waiting");
let stream, after = new URL(list.dataset.stream, location).searchParams.get("after");

async function add(event) {
  const { id, payload } = JSON.parse(event.data);
  after = id;
  const number = list.dataset.of === "event" ? id : payload.read;
  if (!number) return;
  const response = await fetch(list.dataset.card.replace(/0$/, number));
  if (!response.ok) return;
  const made = document.createElement("template");
  made.innerHTML = await response.text(); // rendered and escaped by the server
  list.prepend(made.content);
  list.firstElementChild.classList.add("fresh");
  if (waiting) {
    waiting.textContent = Number(waiting.textContent) + 1;
    waiting.hidden = false;
  }
  newest.textContent = list.firstElementChild.dataset.said;
  while (list.children.length > list.dataset.shown) list.lastElementChild.remove();
}

function open() {
  stream = new EventSource(`${list.dataset.stream.split("?")[0]}?after=${after}`);
  stream.onopen = () => (link.textContent = "connected");
  stream.onerror = () => {
    link.textContent = "connecting …";
    if (stream.readyState === EventSource.CLOSED) setTimeout(open, 5000); // refused: perhaps too many listen
  };
  for (const kind of list.dataset.kinds.split(" ")) stream.addEventListener(kind, add);
}

function close() {
  stream.close();
  link.textContent = "paused";
}

pause.hidden = false;
pause.addEventListener("click", () => {
  const paused = pause.getAttribute("aria-pressed") === "true";
  pause.setAttribute("aria-pressed", String(!paused));
  paused ? open() : close();
});
addEventListener("pagehide", () => stream.close());
addEventListener("pageshow", (event) => event.persisted && open());
open();
