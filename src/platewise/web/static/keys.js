// One key for each control that names it: data-key="a". It is pressed, or focused where there is something to type.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const control = document.querySelector(`[data-key="${CSS.escape(event.key)}"]:not(:disabled)`);
  if (!control) return;
  event.preventDefault();
  if (!control.matches("input")) return control.click();
  control.focus();
  control.select();
});
