/* The packing table: a scanned order opens; Enter alone opens the first. */
"use strict";

scanner.listen(async ({text}) => {
  const links = [...document.querySelectorAll("[data-order]")];
  const digits = text.replace(/\D/g, "");
  const found = text ? links.find(link => link.dataset.order === digits) : links[0];
  if (found) location.assign(found.href);
  else scanner.show("bad", scanner.words.not_here, text);
});
