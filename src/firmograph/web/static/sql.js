// The editor of queries: keys, names put in by a click, stopping. Without this file, the form works.
"use strict";

const editor = document.getElementById("editor");
const text = document.getElementById("q");
const stop = editor.querySelector("[data-stop]");
const running = editor.querySelector("[data-running]");
let began = null;
let ticking = null;
let isStopped = false;

text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    editor.requestSubmit();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && began !== null) stopQuery();
});

// stopping

const seconds = () => ((performance.now() - began) / 1000).toFixed(1);

function stopQuery() {
  isStopped = true;
  htmx.trigger(editor, "htmx:abort");
}
stop.addEventListener("click", () => { stopQuery(); text.focus(); });

editor.addEventListener("htmx:before:request", () => {
  clearInterval(ticking);
  began = performance.now();
  isStopped = false;
  running.textContent = "";
  stop.hidden = false;
  ticking = setInterval(() => { running.textContent = `running for ${seconds()} s`; }, 200);
});
editor.addEventListener("htmx:finally:request", () => {
  if (began === null) return;
  clearInterval(ticking);
  running.textContent = isStopped ? `stopped after ${seconds()} s` : "";
  stop.hidden = true;
  began = null;
});

// the links at the end of the page are of the query that was run
document.addEventListener("htmx:after:swap", () => {
  const query = new URLSearchParams(location.search);
  for (const link of document.querySelectorAll("footer a[href^='/sql'], .banner a")) {
    const url = new URL(link.href);
    if (query.has("q")) url.searchParams.set("q", query.get("q"));
    link.href = url.pathname + url.search;
  }
});

// names at the side

function isPlain(name) { return /^[a-z_][a-z0-9_]*$/.test(name); }

function insert(name) {
  const put = isPlain(name) ? name : `"${name.replaceAll('"', '""')}"`;
  const before = text.value.slice(0, text.selectionStart);
  const gap = before === "" || /[\s(.,]$/.test(before) ? "" : " ";
  text.focus();
  text.setRangeText(gap + put, text.selectionStart, text.selectionEnd, "end");
}
document.querySelector("[data-insert-note]").hidden = false;
document.addEventListener("click", (event) => {
  const name = event.target.closest("[data-insert]");
  if (name) insert(name.dataset.insert);
});
