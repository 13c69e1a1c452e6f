/* The demo's logins: one press fills the form. Codes age, so an untouched page fetches new ones. */
"use strict";

(() => {
  const STALE = 25000;
  const field = name => document.getElementById(`id_${name}`);
  const opened = Date.now();

  document.addEventListener("click", event => {
    const hint = event.target.closest("[data-fill]");
    if (!hint) return;
    field("username").value = hint.dataset.username;
    field("password").value = hint.dataset.password;
    field("otp_token").value = hint.dataset.code;
    document.querySelector("#login-form button").focus();
  });

  setInterval(() => {
    const isTouched = field("username").value || field("password").value;
    if (!document.hidden && !isTouched && Date.now() - opened > STALE) location.reload();
  }, 1000);
})();
