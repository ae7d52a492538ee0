// The page: one picture to the server, its plates drawn over it. All text from outside enters through textContent.
import { crop, drawOverlay } from "./draw.js";
import { fillTable } from "./table.js";

const $ = (id) => document.getElementById(id);
const form = $("form"), status = $("status"), problem = $("problem"), result = $("result"), photo = $("photo");
let latest = 0;

function show(message, error = "") {
  status.textContent = message;
  problem.textContent = error;
  problem.hidden = !error;
}

async function ask(file) {
  const limit = Number(form.dataset.limit);
  if (file.size > limit) throw new Error(`This file is larger than ${(limit / 2 ** 20).toFixed(0)} MiB.`);
  const query = new URLSearchParams();
  if ($("regions").value.trim()) query.set("regions", $("regions").value);
  if ($("pipeline").value) query.set("pipeline", $("pipeline").value);
  if ($("crops").checked) query.set("crops", "1");
  if (!$("save").checked) query.set("save", "0");
  const body = new FormData();
  body.append("image", file);
  const response = await fetch(`${form.getAttribute("action")}?${query}`, { method: "POST", body });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  return answer;
}

async function load(file) {
  URL.revokeObjectURL(photo.src);
  photo.src = URL.createObjectURL(file);
  try {
    await photo.decode();
    return true;
  } catch {
    return false; // the server may read what this browser cannot show
  }
}

function summary(answer) {
  const plates = answer.reads.filter((r) => r.plate).map((r) => r.display);
  const found = plates.length ? `Found ${plates.join(", ")}` : answer.reads.length ? "A plate, but not readable" : "No plate found";
  return `${found} (${answer.width} × ${answer.height} px, ${answer.ms.total.toFixed(0)} ms).`;
}

async function read(file) {
  const turn = ++latest;
  show("Reading …");
  result.hidden = true;
  try {
    const [answer, visible] = await Promise.all([ask(file), load(file)]);
    if (turn !== latest) return; // a newer picture was given meanwhile
    photo.closest("figure").hidden = !visible;
    result.hidden = false;
    drawOverlay($("overlay"), answer);
    fillTable($("reads"), answer.reads, {
      cut: visible ? (quad) => crop(photo, quad, answer) : () => null,
      address: (id) => form.dataset.reads.replace(/0$/, id),
      choose,
    });
    $("json").textContent = JSON.stringify(answer, null, 2);
    show(summary(answer));
  } catch (error) {
    if (turn === latest) show("", error instanceof TypeError ? "The server does not answer. Is it still running?" : error.message);
  }
}

function choose(index, chosen) {
  $("overlay").children[index]?.classList.toggle("chosen", chosen);
}

async function readSample(button) {
  const blob = await (await fetch(button.dataset.sample)).blob();
  await read(new File([blob], "sample", { type: blob.type }));
}

for (const input of [$("file"), $("camera")]) {
  input.addEventListener("change", () => {
    if (input.files.length) read(input.files[0]);
    input.value = ""; // so that the same picture can be chosen again
  });
}
for (const button of document.querySelectorAll("[data-sample]")) button.addEventListener("click", () => readSample(button));

document.addEventListener("paste", (event) => {
  const file = [...event.clipboardData.files].find((f) => f.type.startsWith("image/"));
  if (file) read(file);
});
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dragging");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dragging");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dragging");
  if (event.dataTransfer.files.length) read(event.dataTransfer.files[0]);
});
new ResizeObserver(() => drawOverlay($("overlay"))).observe(photo);
