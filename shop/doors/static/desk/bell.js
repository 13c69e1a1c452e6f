/* The bell of every staff page: asks how many notices are unread, and shows it in its badge. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const POLL = 5000, PATIENCE_OF_A_FETCH = 8000;
  const bell = document.querySelector("[data-bell]");
  if (!bell) return;
  const badge = bell.querySelector("[data-unread]");
  let etag = null, timer = 0;

  function show(count) {
    badge.textContent = count > 99 ? "99+" : count;
    badge.hidden = count === 0;
    bell.classList.toggle("has-news", count > 0);
  }

  async function ask() {
    clearTimeout(timer);
    if (document.hidden) return;
    try {
      const response = await fetch(bell.dataset.bell, {
        headers: etag ? {"If-None-Match": etag} : {},
        cache: "no-store", redirect: "error", signal: AbortSignal.timeout(PATIENCE_OF_A_FETCH),
      });
      if (response.status === 401) return;
      if (response.ok) {
        etag = response.headers.get("ETag");
        show((await response.json()).unread);
      }
    } catch { /* the next time is soon enough */ }
    timer = setTimeout(ask, POLL);
  }

  document.addEventListener("visibilitychange", ask);
  timer = setTimeout(ask, POLL);
});
