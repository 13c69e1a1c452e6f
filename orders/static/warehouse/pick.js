/* The walk: each scan is counted by the shop; the rows follow, and so does what others change. */
"use strict";

(() => {
  const page = document.getElementById("walk"), POLL = 2000;
  let etag = null;

  async function refresh() {
    if (document.querySelector("dialog[open]")) return;
    const response = await fetch(page.dataset.rows, {
      headers: etag ? {"If-None-Match": etag} : {}, cache: "no-store", redirect: "error",
    });
    if (response.status !== 200) return;
    etag = response.headers.get("ETag");
    const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
    page.querySelector("[data-walk]").replaceWith(document.adoptNode(parsed.querySelector("[data-walk]")));
    page.querySelector(".is-next")?.scrollIntoView({block: "nearest"});
  }

  async function count(scan) {
    if (!scan.text) return;
    const answer = await scanner.post(page.dataset.scan, scan);
    scanner.show(answer.ok ? "good" : "bad", answer.message, answer.detail);
    await refresh();
    if (page.querySelector("[data-all-done]")) scanner.show("good", scanner.words.all_picked);
  }

  document.addEventListener("keydown", event => {
    if (event.key !== "F2") return;
    event.preventDefault();
    page.querySelector(".is-next [data-opens], [data-walk] [data-opens]")?.click();
  });

  scanner.listen(count);
  setInterval(() => document.hidden || refresh().catch(() => {}), POLL);
})();
