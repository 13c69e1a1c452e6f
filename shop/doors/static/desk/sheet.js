/* A sheet: each answer is posted as soon as it is given, tried again while it fails, and nobody
   leaves the page unwarned before it is kept. Digits choose, J and K go on and back. */
"use strict";

(() => {
  const AFTER_TYPING = 800, AGAIN = 4000;
  const sheet = document.getElementById("sheet");
  if (!sheet) return;
  const questions = [...sheet.querySelectorAll("[data-question]")];
  const waiting = new Map();  // question → its timer
  const unsaved = new Set();
  let handingIn = false;

  const say = (question, text, look = "") => {
    const said = question.querySelector("[data-said]");
    said.textContent = text;
    said.className = `form-said ${look}`;
  };

  function later(question, delay) {
    unsaved.add(question);
    clearTimeout(waiting.get(question));
    waiting.set(question, setTimeout(() => save(question), delay));
  }

  async function save(question) {
    const body = new FormData();
    for (const field of question.querySelectorAll("input, textarea")) {
      const isChoice = field.type === "radio" || field.type === "checkbox";
      if (!isChoice || field.checked) body.append(field.name, field.value);
    }
    body.append("question", question.dataset.question);
    body.append("csrfmiddlewaretoken", sheet.csrfmiddlewaretoken.value);
    unsaved.delete(question);
    say(question, sheet.dataset.saving);
    try {
      const answer = await fetch(sheet.dataset.answer, {method: "POST", body});
      if (answer.status === 401) return hold(question, sheet.dataset.ended);
      const told = await answer.json();
      if (!answer.ok) return say(question, told.message, "is-bad");
      if (!unsaved.has(question)) say(question, sheet.dataset.saved);
      sheet.querySelector("[data-answered]").textContent = told.answered;
      sheet.querySelector("progress").value = told.answered;
    } catch {
      hold(question, sheet.dataset.failed);
    }
  }

  function hold(question, why) {
    say(question, why, "is-bad");
    later(question, AGAIN);
  }

  sheet.addEventListener("change", event => {
    const question = event.target.closest("[data-question]");
    if (question) later(question, 0);
  });
  sheet.addEventListener("input", event => {
    const question = event.target.closest("[data-question]");
    const isTyped = event.target.matches("textarea, input[type=number]");
    if (question && isTyped) later(question, AFTER_TYPING);
  });
  addEventListener("beforeunload", event => {
    if (unsaved.size && !handingIn) event.preventDefault();
  });
  sheet.addEventListener("submit", event => {
    const {value, max} = sheet.querySelector("progress");
    const isLast = event.submitter?.name === "hand_in";
    if (isLast && value < max && !confirm(sheet.dataset.open)) return event.preventDefault();
    handingIn = true;
  });

  addEventListener("keydown", event => {
    if (event.target.matches("textarea, input[type=number]") || event.ctrlKey || event.metaKey) return;
    const at = questions.indexOf(document.activeElement.closest?.("[data-question]"));
    if (event.key === "j" || event.key === "k") {
      const next = questions[at + (event.key === "j" ? 1 : -1)];
      (next?.querySelector("input:not([type=hidden]), textarea") ?? next)?.focus();
      event.preventDefault();
    } else if (/^[1-9]$/.test(event.key) && at >= 0) {
      const choices = questions[at].querySelectorAll("input[name^=value-]");
      choices[Number(event.key) - 1]?.click();
    }
  });

  const left = sheet.querySelector("[data-left]");
  if (left) {
    const skew = Number(left.dataset.now) * 1000 - Date.now();
    const show = () => {
      const seconds = Math.max(0, Math.round(Number(left.dataset.left) - (Date.now() + skew) / 1000));
      left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      if (seconds) return setTimeout(show, 1000);
      handingIn = true;  // by the clock: what was saved counts
      setTimeout(() => location.reload(), AGAIN);
    };
    show();
  }
})();
