// Drawing: quads as SVG over the photograph, and crops cut out of it by canvas.
const SVG = "http://www.w3.org/2000/svg";

export function node(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** Draw the reads of an answer; without an answer, only fit the labels to the overlay's present size. */
export function drawOverlay(overlay, answer) {
  if (answer) {
    overlay.setAttribute("viewBox", `0 0 ${answer.width} ${answer.height}`);
    overlay.replaceChildren(...answer.reads.map((read) => mark(read, answer.width)));
  }
  const scale = 1 / (overlay.getScreenCTM()?.a || 1); // picture pixels per screen pixel
  for (const label of overlay.querySelectorAll("text")) {
    const size = 17 * scale;
    label.setAttribute("font-size", size);
    const top = Number(label.dataset.top), bottom = Number(label.dataset.bottom);
    label.setAttribute("y", top > size * 1.4 ? top - size * 0.4 : bottom + size * 1.1);
  }
}

function mark(read, pictureWidth) {
  const group = node("g", {}), [x, y, width, height] = read.box;
  group.append(node("polygon", { points: read.quad.map((p) => p.join(",")).join(" ") }));
  const place = x < pictureWidth * 0.7 ? { x: Math.max(x, 0) } : { x: Math.min(x + width, pictureWidth), "text-anchor": "end" };
  const label = node("text", { ...place, "data-top": y, "data-bottom": y + height });
  label.textContent = read.display ?? "?";
  group.append(label);
  return group;
}

/** Return a canvas with the plate upright: the affine map that takes three of its corners to the canvas. */
export function crop(photo, quad, { width, height }) {
  const [[x0, y0], [x1, y1], , [x3, y3]] = quad;
  const across = Math.hypot(x1 - x0, y1 - y0), down = Math.hypot(x3 - x0, y3 - y0);
  const canvas = document.createElement("canvas");
  canvas.width = 352;
  canvas.height = Math.round(Math.min(352, Math.max(48, (352 * down) / across)));
  const pen = canvas.getContext("2d");
  pen.setTransform(new DOMMatrix([
    (x1 - x0) / canvas.width, (y1 - y0) / canvas.width, (x3 - x0) / canvas.height, (y3 - y0) / canvas.height, x0, y0,
  ]).inverse());
  pen.drawImage(photo, 0, 0, width, height);
  return canvas;
}
