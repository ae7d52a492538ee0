// The table of reads.
import { node } from "./draw.js";

const percent = (value) => `${(value * 100).toFixed(value > 0.995 || value < 0.1 ? 1 : 0)}\u202f%`; // narrow no-break space
const tone = (value) => (value >= 0.9 ? "good" : value >= 0.6 ? "fair" : "poor");

function element(name, { text, className, children = [] } = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** Fill the table; `cut` gives a crop of a quad or null, `address` a kept read's page, `choose` marks a read. */
export function fillTable(table, reads, { cut, address, choose }) {
  table.hidden = !reads.length;
  table.tBodies[0].replaceChildren(...reads.map((read, i) => row(read, cut, address, (chosen) => choose(i, chosen))));
}

function row(read, cut, address, choose) {
  const made = element("tr", { children: [
    cell("", cropOf(read, cut)), cell("", plateOf(read, address)), cell("Region", [read.region ?? "–"]),
    cell("Confidence", confidenceOf(read)), cell("It may also be", list(others(read))), cell("Why doubtful", list(read.explain)),
  ] });
  made.addEventListener("pointerenter", () => choose(true));
  made.addEventListener("pointerleave", () => choose(false));
  return made;
}

function cell(label, children) {
  const made = element("td", { children });
  if (label) made.dataset.label = label;
  return made;
}

function cropOf(read, cut) {
  const canvas = cut(read.quad);
  if (!canvas) return ["–"];
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Crop of ${read.display ?? "an unreadable plate"}`);
  return [canvas];
}

function plateOf(read, address) {
  const plate = element(read.id ? "a" : "span", { className: read.display ? "plate" : "plate none", text: read.display ?? "unreadable" });
  if (read.id) plate.href = address(read.id);
  return [plate, bars(read.characters)];
}

function bars(characters) {
  const items = characters.map(({ text, confidence }) => {
    const item = element("li", { children: [bar(confidence), text, element("span", { className: "unseen", text: ` ${percent(confidence)}` })] });
    item.title = `${text}: ${percent(confidence)}`;
    return item;
  });
  const made = element("ul", { className: "bars", children: items });
  made.setAttribute("aria-label", "Confidence of each character");
  return made;
}

function bar(confidence) {
  const made = node("svg", { viewBox: "0 0 18 24", "aria-hidden": "true" }), height = 24 * confidence;
  made.append(
    node("rect", { class: "ground", width: 18, height: 24, rx: 3 }),
    node("rect", { class: tone(confidence), y: 24 - height, width: 18, height, rx: 3 }),
  );
  return made;
}

function confidenceOf(read) {
  const figure = { className: `figure ${tone(read.confidence)}`, text: percent(read.confidence) };
  return [
    read.plate ? element("span", figure) : "–",
    element("div", { children: [element("small", { text: `detection ${percent(read.detection_confidence)}` })] }),
  ];
}

function others(read) {
  return read.candidates.filter((c) => c.plate !== read.plate).map((c) => `${c.plate} ${percent(c.confidence)}`);
}

function list(lines) {
  return lines.length ? [element("ul", { children: lines.map((text) => element("li", { text })) })] : ["–"];
}
