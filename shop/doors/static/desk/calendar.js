/* The year's days by keyboard: arrows move the focus, Page Up and Page Down turn the year. The day
   form shows the weekday only for a make-up workday. */
"use strict";

(() => {
  const STEPS = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7};
  const days = [...document.querySelectorAll("[data-day]")];
  const kinds = [...document.querySelectorAll("[data-edits] [name=kind]")];

  function showFields() {
    const kind = kinds.find(radio => radio.checked)?.value;
    for (const name of ["follows", "name", "source"]) {
      const field = document.querySelector(`[data-edits] [name=${name}]`)?.closest(".desk-field");
      if (field) field.hidden = kind === "normal" || (name === "follows" && kind !== "make_up");
    }
  }

  document.querySelector("[data-days]")?.addEventListener("keydown", event => {
    const at = days.indexOf(document.activeElement);
    const year = {PageUp: "prev", PageDown: "next"}[event.key];
    const target = year ? document.querySelector(`[rel=${year}]`) : days[at + STEPS[event.key]];
    if (at < 0 || !target || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (year) target.click(); else target.focus();
  });

  for (const radio of kinds) radio.addEventListener("change", showFields);
  showFields();
  // After the browser has gone to the address's #day, which would take the focus away again.
  addEventListener("load", () => setTimeout(() => {
    const today = document.querySelector("[data-days] [aria-current=date] a");
    (kinds.find(radio => radio.checked) ?? today)?.focus({preventScroll: true});
  }));
})();
