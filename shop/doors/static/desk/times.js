/* How long ago, how long until, how long over: times of a page in the reader's words. */
"use strict";

const deskTimes = (() => {
  /* `before` chooses the words: "" waited, "due_" still ahead, "late_" past. */
  function lasting(words, seconds, before) {
    const d = Math.floor(seconds / 86400), h = Math.floor(seconds / 3600) % 24;
    const m = Math.floor(seconds / 60) % 60, s = Math.floor(seconds) % 60;
    const text = words[before + (d ? "days" : h ? "hours" : m ? "minutes" : "seconds")];
    return text.replace(/\{(\w)\}/g, (_all, key) => ({d, h, m, s})[key]);
  }

  function showAges(root, words, now) {
    for (const age of root.querySelectorAll("time[data-since]")) {
      const seconds = Math.max(0, now - Number(age.dataset.since));
      age.textContent = lasting(words, seconds, "");
      age.classList.toggle("is-late", seconds > 2 * age.dataset.patience);
      age.classList.toggle("is-slow", seconds > age.dataset.patience);
    }
  }

  function showDue(root, words, now) {
    for (const due of root.querySelectorAll("time[data-due]")) {
      const left = Number(due.dataset.due) - now;
      due.textContent = lasting(words, Math.abs(left), left > 0 ? "due_" : "late_");
      due.classList.toggle("is-late", left <= 0);
      due.classList.toggle("is-slow", left > 0 && now >= Number(due.dataset.warn || Infinity));
    }
  }

  function show(root, words, now) {
    showAges(root, words, now);
    showDue(root, words, now);
  }

  return {show};
})();
