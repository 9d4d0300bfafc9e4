// The outline's keys. The page can be read without this file.
"use strict";

// The outline: one of its entries can be tabbed to, the arrow keys move on from there.

const outline = () => document.querySelector('[role="tree"]');
const shownEntries = () =>
  [...outline().querySelectorAll('[role="treeitem"]')].filter((one) => !one.closest("ul[hidden]"));
const groupOf = (entry) => entry.querySelector(":scope > ul");
const isOpen = (entry) => entry.getAttribute("aria-expanded") === "true";

function makeOneTabbable(wanted) {
  if (!outline()) return;
  for (const one of outline().querySelectorAll('[role="treeitem"], [role="treeitem"] a')) one.tabIndex = -1;
  const entry = wanted ?? outline().querySelector('[aria-current="true"]') ?? outline().querySelector('[role="treeitem"]');
  if (entry) entry.tabIndex = 0;
}

function moveTo(entry) {
  if (!entry) return;
  makeOneTabbable(entry);
  entry.focus();
}

function setOpen(entry, isToBeOpen) {
  const group = groupOf(entry);
  if (!group) return entry.querySelector(":scope > .entry > .toggle").click();
  group.hidden = !isToBeOpen;
  entry.setAttribute("aria-expanded", String(isToBeOpen));
}

const STEPS = {
  ArrowDown: (entry, all) => moveTo(all[all.indexOf(entry) + 1]),
  ArrowUp: (entry, all) => moveTo(all[all.indexOf(entry) - 1]),
  Home: (_, all) => moveTo(all[0]),
  End: (_, all) => moveTo(all.at(-1)),
  ArrowRight: (entry) => {
    if (entry.getAttribute("aria-expanded") === "false") setOpen(entry, true);
    else if (isOpen(entry)) moveTo(groupOf(entry).querySelector('[role="treeitem"]'));
  },
  ArrowLeft: (entry) => {
    if (isOpen(entry)) setOpen(entry, false);
    else moveTo(entry.parentElement.closest('[role="treeitem"]'));
  },
  Enter: (entry) => {
    if (entry.dataset.company) location.assign(entry.dataset.company);
    else entry.querySelector("a:not(.toggle)").click();
  },
  " ": (entry) => entry.querySelector("a:not(.toggle)").click(),
};

document.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (!event.target.matches?.('[role="tree"] [role="treeitem"]')) return;
  event.preventDefault();
  step(event.target, shownEntries());
});

document.addEventListener("click", (event) => {
  const entry = event.target.closest?.('[role="tree"] .toggle')?.closest('[role="treeitem"]');
  if (!entry || !entry.hasAttribute("aria-expanded") || !groupOf(entry)) return;
  event.preventDefault();
  event.stopImmediatePropagation();  // what is there needs no request
  setOpen(entry, !isOpen(entry));
}, true);

let replaced = null;  // where the entry "more" was that has the focus, and is being replaced
document.addEventListener("htmx:before:swap", () => {
  const more = document.activeElement?.closest(".more");
  replaced = more && { list: more.parentElement, place: [...more.parentElement.children].indexOf(more) };
});
document.addEventListener("htmx:after:swap", () => {
  if (!outline()) return;
  for (const entry of outline().querySelectorAll('[aria-expanded="false"]')) {
    if (groupOf(entry) && !groupOf(entry).hidden) entry.setAttribute("aria-expanded", "true");
  }
  const focused = document.activeElement?.closest('[role="treeitem"]');
  const next = replaced?.list.children[replaced.place];
  replaced = null;
  if (!focused && next) moveTo(next);
  else makeOneTabbable(focused);
});
makeOneTabbable();
