// What was typed goes from the page of a refusal back to its form: "Go back" takes it along, the form's page fills it in.
const KEPT = "typed";

/** Return the form that was sent: the one with all its fields, and with most of its hidden values. */
function formOf({ action, fields }) {
  const names = fields.map(([name]) => name);
  const alike = (form) => fields.filter(([name, value]) => form.elements[name].type === "hidden" && form.elements[name].value === value).length;
  return [...document.forms]
    .filter((form) => decodeURIComponent(new URL(form.action).pathname) === action && names.every((name) => form.elements[name]))
    .sort((one, other) => alike(other) - alike(one))[0];
}

function fill(form, fields) {
  for (const input of form.elements) {
    const given = fields.filter(([name]) => name === input.name).map(([, value]) => value);
    if (input.matches("[type=checkbox], [type=radio]")) input.checked = given.includes(input.value);
    else if (given.length && !input.matches("[type=hidden], [type=password], [type=file], button")) input.value = given[0];
  }
  for (let part = form; part; part = part.parentElement?.closest("details")) if (part.matches("details")) part.open = true;
}

function show(form, message) {
  const told = document.createElement("p");
  told.className = "problem";
  told.role = "alert";
  told.textContent = message;
  form.prepend(told);
  form.querySelector("input:not([type=hidden]), select, textarea")?.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-typed]");
  if (link) sessionStorage.setItem(KEPT, link.dataset.typed);
});

const kept = sessionStorage.getItem(KEPT);
if (kept) {
  sessionStorage.removeItem(KEPT);
  const typed = JSON.parse(kept), form = formOf(typed);
  if (form) {
    fill(form, typed.fields);
    show(form, typed.message);
  }
}
