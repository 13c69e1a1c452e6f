/* Keeps the times of a page running that is not a live list. */
"use strict";

(() => {
  const box = document.getElementById("desk-words");
  if (!box) return;
  const words = JSON.parse(box.textContent);
  const skew = Number(document.querySelector("[data-now]").dataset.now) - Date.now() / 1000;
  const show = () => deskTimes.show(document, words, Date.now() / 1000 + skew);
  show();
  setInterval(show, 1000);
})();
