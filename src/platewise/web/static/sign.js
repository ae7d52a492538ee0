// The sign of a car park: asks for the number of free places again and again, and for nothing else.
const $ = (id) => document.getElementById(id);
const sign = $("sign"), name = document.title.split(" – ").slice(1).join(" – ");
const EVERY = 5000, OLD = 30000; // milliseconds
let told = Date.now();

function show(free) {
  const left = Math.max(free, 0);
  $("free").textContent = left || "FULL";
  $("words").textContent = left === 1 ? "place free" : left ? "places free" : "no place is free";
  sign.dataset.full = left ? "no" : "yes";
  sign.dataset.signs = left ? String(left).length : 4;
  document.title = `${left} free – ${name}`;
}

async function ask() {
  try {
    const response = await fetch(sign.dataset.poll, { cache: "no-store" });
    if (response.ok) {
      show((await response.json()).free);
      told = Date.now();
    }
  } catch {
    // no network for now: the next turn asks again
  }
  $("stale").hidden = Date.now() - told < OLD;
  setTimeout(ask, EVERY);
}

setTimeout(ask, EVERY);
