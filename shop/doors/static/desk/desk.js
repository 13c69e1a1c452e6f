/* A live list: polls its fragment with If-None-Match, patches rows in place, keeps ages running,
   moves by keyboard, and posts a row's buttons so that the row leaves without a reload. */
"use strict";

(() => {
  const POLL = 2000, SLOWEST = 10000, PATIENCE_OF_A_FETCH = 8000, FRESH = 4000;
  const desk = document.getElementById("desk");
  if (!desk) return;
  const words = JSON.parse(document.getElementById("desk-words").textContent);
  const sources = new WeakMap();  // row → the HTML it was made from
  const title = document.title.trim();
  let etag = null, timer = 0, failures = 0, ended = false, clockSkew = 0, query = "";

  const live = () => desk.querySelector("[data-live]");
  const list = () => desk.querySelector("[data-rows]");
  const rows = () => [...list().children];
  const say = (text, values) => text.replace(/\{(\w)\}/g, (_all, key) => values[key]);

  /* ages */

  const showAges = () => deskTimes.show(desk, words, Date.now() / 1000 + clockSkew);

  /* what the fragment says of the whole */

  function showWhole() {
    const {count, oldest, now} = live().dataset;
    clockSkew = Number(now) - Date.now() / 1000;
    const shown = desk.querySelector("[data-count-shown]");
    if (!shown) return;
    shown.textContent = count;
    document.title = (Number(count) ? `(${count}) ` : "") + title;
    const first = desk.querySelector("[data-oldest-shown]");
    first.hidden = !oldest;
    if (oldest) first.querySelector("time").dataset.since = oldest;
  }

  /* patching */

  const isField = element => element?.matches("input, select, textarea") ?? false;

  function isInWork(row) {
    if (row.getAttribute("aria-busy") || row.querySelector("dialog[open]")) return true;
    if (row.contains(document.activeElement) && isField(document.activeElement)) return true;
    return [...row.querySelectorAll("input:not([type=hidden]), textarea")]
      .some(field => field.value !== field.defaultValue);
  }

  /* True: everything is as the fragment says; false: rows in work were left alone. */
  function patch(fragment) {
    const active = document.activeElement, hadFocus = desk.contains(active);
    const caret = isField(active) && "selectionStart" in active && active.type !== "search"
      ? [active.selectionStart, active.selectionEnd] : null;
    const fresh = new Map([...fragment.querySelector("[data-rows]").children]
      .map(row => [row.dataset.key, row]));
    const known = new Map(rows().map(row => [row.dataset.key, row]));
    const left = removeGone(known, fresh);
    const added = placeAll(known, fresh);
    replaceAround(fragment);
    if (hadFocus && active.isConnected && document.activeElement !== active) {
      active.focus({preventScroll: true});
      if (caret) active.setSelectionRange(...caret);
    }
    announce(added);
    return left === 0;
  }

  function removeGone(known, fresh) {
    let left = 0;
    for (const [key, row] of known) {
      if (fresh.has(key)) continue;
      if (isInWork(row)) {
        left += 1;
        markGone(row);
        continue;
      }
      const next = row.contains(document.activeElement) && neighbour(row);
      row.remove();
      if (next) select(next);
    }
    return left;
  }

  function placeAll(known, fresh) {
    const box = list(), added = [];
    let at = box.firstElementChild;
    for (const [key, row] of fresh) {
      while (at?.classList.contains("is-gone")) at = at.nextElementSibling;
      const mine = known.get(key);
      const placed = mine ? renewed(mine, row) : row;
      if (!mine) added.push(adopt(row));
      if (mine && at === mine) at = placed;
      if (placed === at) at = at.nextElementSibling;
      else box.insertBefore(placed, at);
    }
    return added;
  }

  function adopt(row) {
    sources.set(row, row.innerHTML);
    recall(row);
    return row;
  }

  function renewed(mine, row) {
    if (sources.get(mine) === row.innerHTML || isInWork(mine)) return mine;
    const hadFocus = mine.contains(document.activeElement);
    adopt(row);
    row.className = mine.className;
    mine.replaceWith(row);
    if (hadFocus) select(row);
    return row;
  }

  function markGone(row) {
    if (row.classList.contains("is-gone")) return;
    row.classList.add("is-gone");
    complain(row, {message: words.gone});
  }

  /* The note and the empty state come and go around the list itself. */
  function replaceAround(fragment) {
    Object.assign(live().dataset, fragment.dataset);
    for (const kind of ["desk-note", "desk-empty"]) {
      live().querySelector(`.${kind}`)?.remove();
      const shown = fragment.querySelector(`.${kind}`);
      if (shown) live().insertBefore(shown, kind === "desk-note" ? list() : null);
    }
    for (const part of fragment.querySelectorAll("[data-around]")) {
      const mine = live().querySelector(`[data-around="${part.dataset.around}"]`);
      if (mine.dataset.source !== part.outerHTML) replacePart(mine, part);
    }
    showWhole();
    showAges();
  }

  function replacePart(mine, part) {
    const source = part.outerHTML;
    mine.replaceWith(part);
    part.dataset.source = source;
  }

  function announce(added) {
    const news = desk.querySelector("[data-news]");
    if (!added.length || !news || query !== searched()) return;
    news.textContent = say(words.new, {n: added.length});
    for (const row of added) {
      row.classList.add("is-new");
      setTimeout(() => row.classList.remove("is-new"), FRESH);
    }
  }

  /* polling */

  function address() {
    const url = new URL(desk.dataset.poll, location.href);
    if (searched()) url.searchParams.set("q", searched());
    return url;
  }

  const searched = () => desk.querySelector("[data-search]")?.value.trim() ?? "";

  async function poll() {
    clearTimeout(timer);
    if (document.hidden || ended) return;
    const asked = searched();
    if (asked !== query) etag = null;
    try {
      const response = await fetch(address(), {
        headers: etag ? {"If-None-Match": etag} : {},
        cache: "no-store", redirect: "error", signal: AbortSignal.timeout(PATIENCE_OF_A_FETCH),
      });
      await take(response, asked);
      if (failures) banner(words.back, "good", 2000);
      failures = 0;
    } catch {
      failures += 1;
      if (!ended) banner(words.away, "bad");
    }
    schedule(Math.min(POLL * Math.max(1, failures), SLOWEST));
  }

  async function take(response, asked) {
    if (response.status === 401) {
      ended = true;
      banner(words.ended, "bad", 0, location.href);
      return;
    }
    if (response.status === 304) return;
    if (!response.ok) throw new Error(response.status);
    const text = await response.text();
    if (asked !== searched()) return schedule(0);
    const parsed = new DOMParser().parseFromString(text, "text/html");
    const whole = patch(document.adoptNode(parsed.querySelector("[data-live]")));
    query = asked;
    etag = whole ? response.headers.get("ETag") : null;
  }

  function schedule(wait) {
    clearTimeout(timer);
    if (!ended) timer = setTimeout(poll, wait);
  }

  function banner(text, look, seconds = 0, link = "") {
    const box = desk.querySelector("[data-banner]");
    box.className = `desk-banner is-${look}`;
    box.textContent = text;
    if (link) {
      const again = document.createElement("a");
      Object.assign(again, {href: link, textContent: words.again});
      box.append(" ", again);
    }
    box.hidden = false;
    if (seconds) setTimeout(() => { if (box.textContent === text) box.hidden = true; }, seconds);
  }

  /* the row at hand */

  const current = () => document.activeElement?.closest?.(".desk-row") ?? null;

  function neighbour(row) {
    const near = step => {
      let other = row[step];
      while (other?.classList.contains("is-gone")) other = other[step];
      return other;
    };
    return near("nextElementSibling") ?? near("previousElementSibling");
  }

  /* A row's own first field if it has one (the scanner's), else the row. */
  function select(row) {
    const field = row.querySelector("[data-first]");
    (field ?? row).focus({preventScroll: true});
    field?.select?.();
    row.scrollIntoView({block: "nearest"});
  }

  function move(step) {
    const all = rows(), at = all.indexOf(current());
    const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step];
    if (next) select(next);
  }

  function afterwards(row) {
    const all = rows(), at = all.indexOf(row);
    const able = other => other !== row && other.querySelector("[data-primary]");
    return all.slice(at + 1).find(able) ?? all.find(able) ?? neighbour(row);
  }

  /* buttons */

  async function press(form, row) {
    if (row.getAttribute("aria-busy")) return;
    busy(row, true);
    complain(row, {message: "", errors: {}});
    try {
      const response = await fetch(form.action, {
        method: "POST", body: new FormData(form), redirect: "error",
        headers: {Accept: "application/json", "X-CSRFToken": desk.dataset.csrf},
      });
      const type = response.headers.get("Content-Type") ?? "";
      const answer = type.includes("json") ? await response.json() : {message: words.failed};
      busy(row, false);
      response.ok ? leave(row, form) : complain(row, answer);
    } catch {
      busy(row, false);
      complain(row, {message: words.failed});
    }
  }

  function busy(row, is) {
    is ? row.setAttribute("aria-busy", "true") : row.removeAttribute("aria-busy");
    for (const control of row.querySelectorAll("button")) control.disabled = is;
  }

  function leave(row, form) {
    keep(form);
    etag = null;
    if ("stays" in form.dataset) return schedule(0);
    const next = afterwards(row);
    row.querySelector("dialog[open]")?.close();
    row.classList.add("is-done");
    next ? select(next) : desk.querySelector("[data-search]")?.focus();
    setTimeout(() => row.remove(), 180);
    schedule(250);
  }

  function complain(row, {message = "", errors = {}}) {
    for (const place of row.querySelectorAll("[data-error], [data-error-for]")) {
      const text = "errorFor" in place.dataset
        ? (errors[place.dataset.errorFor] ?? []).join(" ") : message;
      place.textContent = text;
      place.hidden = !text;
    }
    const wrong = Object.keys(errors).map(name => row.querySelector(`[name="${name}"]`))[0];
    if (wrong) { wrong.focus(); wrong.select?.(); }
  }

  /* A value that stays the same all day (the carrier) is filled in from the last row. */

  const remembered = () => (desk.dataset.remembers ?? "").split(" ").filter(Boolean);

  function keep(form) {
    for (const name of remembered())
      if (form.elements[name]) localStorage.setItem(`desk-${name}`, form.elements[name].value);
    rows().filter(row => !isInWork(row)).forEach(recall);
  }

  function recall(row) {
    for (const name of remembered()) {
      const field = row.querySelector(`[name="${name}"]`);
      const value = localStorage.getItem(`desk-${name}`);
      if (field && [...field.options].some(option => option.value === value)) field.value = value;
    }
  }

  /* events */

  desk.addEventListener("submit", event => {
    const row = event.target.closest(".desk-row");
    if (!row || event.target.method === "dialog") return;
    event.preventDefault();
    press(event.target, row);
  });

  function enter(row) {
    const primary = row.querySelector("[data-primary]");
    if (primary?.matches("form")) primary.requestSubmit();
    else primary?.click();
  }

  function keyed(event) {
    const typing = isField(event.target) || event.target.isContentEditable;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]") || !list().matches("ol")) return;
    const row = current();
    const act = {
      ArrowDown: () => move(1), ArrowUp: () => move(-1),
      ...(typing ? {Escape: () => (row ?? desk).focus()} : {
        j: () => move(1), k: () => move(-1),
        o: () => row?.querySelector("a[href]")?.click(),
        "/": () => desk.querySelector("[data-search]")?.focus(),
        "?": () => document.getElementById("desk-keys").showModal(),
        ...(event.target === row ? {Enter: () => event.repeat || enter(row)} : {}),
      }),
    }[event.key];
    if (!act || (typing && event.target.matches("select") && event.key.startsWith("Arrow"))) return;
    event.preventDefault();
    act();
  }

  document.addEventListener("keydown", keyed);
  document.addEventListener("visibilitychange", () => document.hidden ? clearTimeout(timer) : poll());
  addEventListener("online", poll);
  desk.querySelector("[data-search]")?.addEventListener("input", () => schedule(250));

  rows().forEach(adopt);
  showWhole();
  showAges();
  setInterval(showAges, 1000);
  const first = rows().find(row => row.querySelector("[data-first]"));
  if (first && matchMedia("(hover: hover)").matches) select(first);
  schedule(POLL);
})();
