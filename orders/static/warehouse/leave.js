/* The dock: parcels are scanned one by one; a bare number is what the driver counted. */
"use strict";

(() => {
  const page = document.getElementById("dock");
  const rows = [...page.querySelectorAll("[data-waybill]")];
  const given = () => rows.filter(row => row.classList.contains("is-done"));

  function tick(waybill) {
    const row = rows.find(one => one.dataset.waybill === waybill);
    if (!row) return scanner.show("bad", scanner.words.not_here, waybill);
    if (row.classList.contains("is-done")) return scanner.show("bad", scanner.words.twice, waybill);
    row.classList.add("is-done");
    page.querySelector("[data-given]").textContent = given().length;
    const left = rows.length - given().length;
    scanner.show("good", left ? scanner.words.to_go.replace("{n}", left) : scanner.words.count, waybill);
  }

  async function give(counted) {
    const parcels = given().map(row => Number(row.dataset.parcel));
    const answer = await scanner.post(page.dataset.give, {parcels, counted});
    if (answer.ok) location.assign(answer.to);
    else scanner.show("bad", answer.message, answer.detail);
  }

  scanner.listen(async ({text}) => {
    if (!text) return;
    if (/^\d{1,4}$/.test(text)) await give(Number(text));
    else tick(text.replace(/[\s-]/g, "").toUpperCase());
  });
})();
