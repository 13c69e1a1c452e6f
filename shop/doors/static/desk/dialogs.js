/* `data-opens="id"` opens a dialog, `data-closes` closes the one it is in. */
"use strict";

document.addEventListener("click", event => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  event.target.closest("[data-closes]")?.closest("dialog")?.close();
});
