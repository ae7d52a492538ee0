// A car park as it is now.
import { keepFresh } from "./fresh.js";

const $ = (id) => document.getElementById(id);
const lot = $("lot"), newest = $("newest");
const SAID = { Entered: "came in", Left: "went out", Lost: "was given up", Refused: "was refused", Unread: "could not be read", Opened: "opened", Changed: "changed it by hand" };

function hear({ kind, payload }) {
  if (payload.lot !== lot.dataset.lot) return false;
  newest.textContent = `${payload.display ?? payload.gate ?? payload.user ?? "A plate"} ${SAID[kind]}${payload.free === undefined ? "" : `, ${payload.free} free`}`;
  return true;
}

keepFresh({ address: lot.dataset.stream, link: $("link"), kinds: Object.keys(SAID), hear });
