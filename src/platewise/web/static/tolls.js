// A toll road as it is now.
import { keepFresh } from "./fresh.js";

const $ = (id) => document.getElementById(id);
const road = $("road"), newest = $("newest");
const KINDS = ["Passed", "Repeated", "Unread", "Travelled"];

function hear({ kind, payload }) {
  if (payload.passage === undefined && payload.journey === undefined) return false;
  const who = payload.display ?? "A plate";
  newest.textContent = kind === "Travelled" ? `${who} travelled` : `${who} passed ${payload.gate}`;
  return true;
}

keepFresh({ address: road.dataset.stream, link: $("link"), kinds: KINDS, hear });
