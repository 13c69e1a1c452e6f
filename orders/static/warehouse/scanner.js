/* One field that always has the focus takes what a scanner types; every scan is answered by one
   large signal. Pages give `scanner.listen` what to do with a scan; scans wait for each other. */
"use strict";

const scanner = (() => {
  const field = document.querySelector("[data-scanner]");
  const signal = document.querySelector("[data-signal]");
  const words = JSON.parse(document.getElementById("warehouse-words").textContent);
  const csrf = field.form.querySelector("[name=csrfmiddlewaretoken]").value;
  let last = null, waiting = Promise.resolve();

  /* good, bad, or wait. The same look twice blinks, so that nobody takes it for the last one. */
  function show(look, message, detail = "") {
    signal.className = `scan-signal is-${look}`;
    signal.querySelector("b").textContent = message;
    signal.querySelector("span").textContent = detail;
    void signal.offsetWidth;
    signal.classList.add("is-fresh");
  }

  /* 122 random bits: `crypto.randomUUID` is there on secure pages alone. */
  function freshKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    return [...bytes].map(byte => byte.toString(16).padStart(2, "0")).join("");
  }

  function listen(handle) {
    field.form.addEventListener("submit", event => {
      event.preventDefault();
      const text = field.value.trim(), at = event.timeStamp;
      field.value = "";
      const gap = last === null ? null : Math.round(at - last);
      last = at;
      waiting = waiting.then(() => handle({text, gap, key: freshKey()})).catch(failed);
    });
  }

  const failed = () => show("bad", words.failed);

  /* The answer as {ok, message, …}; the same body again when the line broke, once. */
  async function post(address, body, again = true) {
    try {
      const response = await fetch(address, {
        method: "POST", body: JSON.stringify(body), redirect: "error",
        headers: {"Content-Type": "application/json", "X-CSRFToken": csrf},
      });
      if (response.status === 401) return {ok: false, message: words.ended};
      const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
      return {ok: response.ok, ...(isJson ? await response.json() : {message: words.failed})};
    } catch (broken) {
      if (!again) throw broken;
      return post(address, body, false);
    }
  }

  /* `SKU/LOT`, one of the two alone, `3*SKU/LOT`: as orders/rules.py reads it. */
  function read(text) {
    const found = /^(?:(\d{1,3})\s*[*×]\s*)?(\S+?)(?:\s*[/|\s]\s*(\S+))?$/.exec(text);
    if (!found || Number(found[1] ?? 1) < 1) return null;
    return {count: Number(found[1] ?? 1), code: found[2].toUpperCase(),
            lot: (found[3] ?? "").toUpperCase()};
  }

  const isElsewhere = element => element?.closest?.("dialog[open], select, input, textarea, a, button");

  document.addEventListener("focusout", () => setTimeout(() => {
    if (!document.querySelector("dialog[open]") && !isElsewhere(document.activeElement)) field.focus();
  }));
  document.addEventListener("click", event => {
    if (!isElsewhere(event.target)) field.focus();
  });
  document.addEventListener("keydown", event => {
    const isTyping = event.target.matches?.("input, select, textarea");
    if (event.key === "Escape" || (event.key.length === 1 && !isTyping && !event.ctrlKey))
      if (!document.querySelector("dialog[open]")) field.focus();
  });
  field.focus();
  return {listen, post, read, show, words, field};
})();
