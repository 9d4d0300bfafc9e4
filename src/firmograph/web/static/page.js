// Keys, copying, local times. Every page can be read without this file.
"use strict";

const PLACES = {
  o: "/", c: "/companies", q: "/quarantine", r: "/runs", t: "/tables", s: "/sql", d: "/drift",
  b: "/dashboards", i: "/dictionary",
};

const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]");

function go(path) {
  const link = document.querySelector(`nav[aria-label="Pages"] a[href^="${path}"]`);
  const links = [...document.querySelectorAll('nav[aria-label="Pages"] a')];
  (links.find((one) => new URL(one.href).pathname === path) ?? link)?.click();
}

let waitsForPlace = false;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (waitsForPlace) {
    waitsForPlace = false;
    if (PLACES[event.key]) { event.preventDefault(); go(PLACES[event.key]); }
  } else if (event.key === "/") {
    event.preventDefault();
    (document.querySelector("main input[type=search]") ?? document.getElementById("find")).focus();
  } else if (event.key === "?") {
    event.preventDefault();
    document.getElementById("keys").showModal();
  } else if (event.key === "g") {
    waitsForPlace = true;
  }
});

document.addEventListener("click", async (event) => {
  const copied = event.target.closest("[data-copy]");
  if (copied) {
    try {
      await navigator.clipboard.writeText(copied.dataset.copy);
      copied.classList.add("copied");
      setTimeout(() => copied.classList.remove("copied"), 1200);
    } catch { /* the text itself can still be selected */ }
  }
  if (event.target.closest("[data-keys]")) document.getElementById("keys").showModal();
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-all]")) return;
  for (const box of event.target.form.querySelectorAll("input[name=id]")) {
    box.checked = event.target.checked;
  }
});

// nine digits and Enter open the company
document.addEventListener("submit", (event) => {
  const field = event.target.querySelector("input[name=q][type=search]");
  const digits = field?.value.replace(/[\s-]/g, "");
  if (!/^\d{9}$/.test(digits ?? "")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const at = new URLSearchParams(location.search).get("at");
  location.assign(`/company/${digits}` + (at === null ? "" : `?at=${at}`));
}, true);

function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const value = new Date(time.dateTime);
    const day = value.toLocaleDateString(undefined, { year: "numeric", month: "short", day: "numeric" });
    const hour = value.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
    time.textContent = `${day}, ${hour}`;
  }
}
showLocalTimes(document);
document.addEventListener("htmx:after:swap", () => showLocalTimes(document));
