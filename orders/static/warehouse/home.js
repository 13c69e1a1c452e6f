/* Enter releases what is suggested. */
"use strict";

document.querySelector("[data-focus]")?.focus({focusVisible: true});
