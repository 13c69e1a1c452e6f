/* The pack check: every unit is scanned; then the parcel is closed, and its waybill is scanned. */
"use strict";

(() => {
  const page = document.getElementById("check");
  const rows = [...page.querySelectorAll("[data-lot]")];
  const carrier = page.querySelector("[name=carrier]");
  let parcel = page.dataset.parcel || null, before = null;

  const scanned = row => Number(row.dataset.scanned);
  const wanted = row => Number(row.dataset.quantity);
  const isFull = row => scanned(row) === wanted(row);

  function count(row, units) {
    row.dataset.scanned = scanned(row) + units;
    row.querySelector("[data-shown]").textContent = scanned(row);
    row.classList.toggle("is-done", isFull(row));
  }

  function named(read) {
    const fits = read.lot
      ? row => row.dataset.sku === read.code && row.dataset.lotCode === read.lot
      : row => [row.dataset.sku, row.dataset.lotCode].includes(read.code);
    return rows.filter(fits);
  }

  /* One label; the pack check itself is the shop's: this only says early what it would say. */
  async function put({text, gap}) {
    const read = scanner.read(text), found = read ? named(read) : [];
    if (found.length !== 1)
      return scanner.show("bad", found.length ? scanner.words.lot_needed : scanner.words.not_in_order, text);
    if (before === text && gap !== null && gap < Number(page.dataset.echo))
      return scanner.show("bad", scanner.words.twice, text);
    before = text;
    if (scanned(found[0]) + read.count > wanted(found[0]))
      return scanner.show("bad", scanner.words.enough, text);
    count(found[0], read.count);
    if (rows.every(isFull) && !Number(page.dataset.missing)) return close(false);
    const left = rows.reduce((sum, row) => sum + wanted(row) - scanned(row), 0);
    return scanner.show("good", scanner.words.to_go.replace("{n}", left), text);
  }

  async function close(split) {
    const units = rows.filter(scanned).map(row => [row.dataset.skuId, row.dataset.lot, scanned(row)]);
    const answer = await scanner.post(page.dataset.close, {units, split});
    if (!answer.ok) return scanner.show("bad", answer.message, answer.detail);
    parcel = answer.parcel;
    page.querySelector("[data-slip]").href = page.dataset.slip.replace("/0/", `/${parcel}/`);
    page.classList.add("is-closed");
    scanner.field.placeholder = scanner.words.waybill;
    return scanner.show("good", answer.message);
  }

  async function label({text}) {
    const address = page.dataset.label.replace("/0/", `/${parcel}/`);
    const answer = await scanner.post(address, {carrier: carrier.value, waybill: text});
    if (!answer.ok) return scanner.show("bad", answer.message, answer.detail);
    localStorage.setItem("desk-carrier", carrier.value);
    scanner.show("good", answer.message);
    location.assign(page.dataset.next);
  }

  document.addEventListener("keydown", event => {
    if (event.key === "F8" && !parcel) { event.preventDefault(); close(true); }
    if (event.key === "F9" && parcel) { event.preventDefault(); page.querySelector("[data-slip]").click(); }
  });
  page.querySelector("[data-split]")?.addEventListener("click", () => close(true));

  const remembered = localStorage.getItem("desk-carrier");
  if (!page.dataset.carrier && [...carrier.options].some(one => one.value === remembered))
    carrier.value = remembered;
  if (parcel) page.classList.add("is-closed");
  scanner.listen(async scan => {
    if (!scan.text) return;
    await (parcel ? label(scan) : put(scan));
  });
})();
