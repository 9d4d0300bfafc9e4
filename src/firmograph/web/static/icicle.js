// The picture of a whole tree: members as cells, a row for each level, as wide as their subtrees are
// large. The outline says the same without this file.
"use strict";

const SMALLEST_LABEL = 44, LOWEST_ROW = 10, TALLEST_ROW = 30;
const BRANCH = 1, UNPLACED = 2, CYCLIC = 4;
const COUNTRY_COLOURS = 9, LEVEL_COLOURS = 10;

class Icicle {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.picked = document.querySelector("[data-picked]");
    this.names = new Map();
    this.root = this.cursor = -1;  // the root fills the width; -1 is all
    const query = new URLSearchParams(location.search);
    this.colour = query.get("colour") === "level" ? "level" : "country";
    this.wantedRoot = Number(query.get("zoom") ?? 0);
  }

  async load() {
    this.read(await this.bytes());
    JSON.parse(this.canvas.dataset.told ?? "[]").forEach(([name, country], position) => this.names.set(position, { name, country }));
    this.focus = this.withDuns(Number(this.canvas.dataset.focus ?? 0));
    this.cursor = this.focus;
    this.show();
    this.root = this.wantedRoot ? this.withDuns(this.wantedRoot) : this.nearest();
    this.listen();
    this.canvas.style.height = `${Math.min(this.canvas.clientHeight, this.levels * TALLEST_ROW + 2)}px`;
    this.resize();
    this.pick(this.cursor);
  }

  // Of an exported page they are in the page: a file may not load another one.
  async bytes() {
    const { content, bytes } = this.canvas.dataset;
    if (content !== undefined) return Uint8Array.from(atob(content), (one) => one.charCodeAt(0)).buffer;
    const answer = await fetch(bytes);
    if (!answer.ok) throw new Error(`the picture cannot be loaded: ${answer.status}`);
    return answer.arrayBuffer();
  }

  read(bytes) {
    const count = this.count = Number(this.canvas.dataset.members);
    this.sizes = new Uint32Array(bytes, 0, count);
    this.duns = new Uint32Array(bytes, 4 * count, count);
    this.countries = new Uint16Array(bytes, 8 * count, count);
    this.flags = new Uint8Array(bytes, 10 * count, count);
    this.depths = new Uint32Array(count);
    this.parents = new Int32Array(count).fill(-1);
    const open = [];
    for (let position = 0; position < count; position++) {
      while (open.length && position >= open.at(-1) + this.sizes[open.at(-1)]) open.pop();
      if (open.length) this.parents[position] = open.at(-1);
      this.depths[position] = open.length;
      if (this.sizes[position] > 1) open.push(position);
    }
    this.levels = this.depths.reduce((most, one) => Math.max(most, one + 1), 0);
  }

  // All, or an ancestor of the focus if that is too deep to be seen.
  nearest() {
    const rows = Math.floor(this.canvas.clientHeight / LOWEST_ROW);
    if (this.focus < 0 || this.depths[this.focus] < rows) return -1;
    let one = this.focus;
    while (this.depths[this.focus] - this.depths[one] < rows / 2) one = this.parents[one];
    return one;
  }

  withDuns(duns) { return duns ? this.duns.indexOf(duns) : -1; }
  dunsOf(position) { return String(this.duns[position]).padStart(9, "0"); }
  get first() { return Math.max(0, this.root); }
  get span() { return this.root < 0 ? this.count : this.sizes[this.root]; }
  get depth() { return this.root < 0 ? 0 : this.depths[this.root]; }

  show() {
    this.canvas.hidden = false;
    document.getElementById("icicle-keys").hidden = false;
    document.querySelector("[data-colours]").hidden = false;
    document.querySelector(`[data-colours] [value=${this.colour}]`).checked = true;
    this.showLegend();
  }

  showLegend() {
    for (const one of document.querySelectorAll("[data-legend]")) one.hidden = one.dataset.legend !== this.colour;
  }

  listen() {
    new ResizeObserver(() => this.resize()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.resize());
    this.canvas.addEventListener("mousemove", (event) => this.pick(this.at(event)));
    this.canvas.addEventListener("mouseleave", () => this.pick(this.cursor));
    this.canvas.addEventListener("click", (event) => {
      const position = this.at(event);
      if (position < 0) return;
      this.cursor = position;
      this.zoom(position === this.root ? this.parents[position] : position);
    });
    this.canvas.addEventListener("keydown", (event) => this.press(event));
    document.querySelector("[data-all]").addEventListener("click", () => { this.zoom(-1); this.canvas.focus(); });
    document.querySelector("[data-colours]").addEventListener("change", (event) => {
      this.colour = event.target.value;
      this.showLegend();
      this.keepInAddress();
      this.paint();
    });
  }

  resize() {
    const { clientWidth, clientHeight } = this.canvas;
    if (!clientWidth) return;
    const scale = devicePixelRatio || 1;
    [this.width, this.height] = [clientWidth, clientHeight];
    [this.canvas.width, this.canvas.height] = [clientWidth, clientHeight].map((one) => Math.round(one * scale));
    this.pen.setTransform(scale, 0, 0, scale, 0, 0);
    this.paint();
  }

  colours() {
    const style = getComputedStyle(this.canvas), read = (name) => style.getPropertyValue(name).trim();
    const numbered = (name, count, first) => Array.from({ length: count }, (_, n) => read(`--${name}-${n + first}`));
    return {
      country: [read("--country-none"), ...numbered("country", COUNTRY_COLOURS, 1), read("--country-other")],
      level: numbered("level", LEVEL_COLOURS, 0),
      ink: read("--ink"),
    };
  }

  colourOf(position) {
    return this.colour === "level"
      ? Math.min(this.depths[position], LEVEL_COLOURS - 1)
      : Math.min(this.countries[position], COUNTRY_COLOURS + 1);
  }

  // Of the cells narrower than a pixel, one is painted for each pixel: any, so that shares are kept.
  paint() {
    const colours = this.colours(), fills = colours[this.colour];
    const end = this.first + this.span, unit = this.width / this.span;
    const levels = this.depths.subarray(this.first, end).reduce((most, one) => Math.max(most, one), 0) - this.depth + 1;
    this.rowHeight = Math.max(LOWEST_ROW, Math.min(TALLEST_ROW, this.height / levels));
    const rows = Math.ceil(this.height / this.rowHeight);
    const byColour = fills.map(() => new Path2D()), wide = [];
    const narrow = { pixels: new Int32Array(rows).fill(-1), seen: new Int32Array(rows), chosen: new Int32Array(rows) };
    const add = (one, row, left, shown) => byColour[this.colourOf(one)].rect(left, row * this.rowHeight, shown, this.rowHeight - 1);
    const flush = (row) => { if (narrow.pixels[row] >= 0) add(narrow.chosen[row], row, narrow.pixels[row], 1); };
    for (let one = this.first; one < end; one++) {
      const row = this.depths[one] - this.depth;
      if (row >= rows) continue;
      const x = (one - this.first) * unit, width = this.sizes[one] * unit;
      if (width >= 1) {
        add(one, row, x, width - (width > 3 ? 1 : 0));
        if (width > SMALLEST_LABEL) wide.push([one, x, row * this.rowHeight, width]);
        continue;
      }
      const pixel = Math.floor(x);
      if (pixel !== narrow.pixels[row]) {
        flush(row);
        [narrow.pixels[row], narrow.seen[row]] = [pixel, 0];
      }
      const scattered = Math.imul(one, 0x9e3779b1) >>> 8;
      if (scattered % ++narrow.seen[row] === 0) narrow.chosen[row] = one;
    }
    for (let row = 0; row < rows; row++) flush(row);
    this.pen.clearRect(0, 0, this.width, this.height);
    byColour.forEach((path, place) => { this.pen.fillStyle = fills[place]; this.pen.fill(path); });
    this.label(wide, fills);
    this.mark(this.focus, colours.ink, 3);
    if (this.cursor !== this.focus) this.mark(this.cursor, colours.ink, 1.5);
    document.querySelector("[data-all]").hidden = this.root < 0;
  }

  label(cells, fills) {
    if (this.rowHeight < 14) return;
    this.pen.font = "12px system-ui, sans-serif";
    this.pen.textBaseline = "middle";
    for (const [position, x, y, width] of cells) {
      const name = this.names.get(position)?.name;
      if (!name) continue;
      const inside = new Path2D();
      inside.rect(x + 2, y, width - 7, this.rowHeight);
      this.pen.save();
      this.pen.clip(inside);
      this.pen.fillStyle = isLight(fills[this.colourOf(position)]) ? "#14181c" : "#ffffff";
      this.pen.direction = isFromRight(name) ? "rtl" : "ltr";  // then a name begins at the right
      this.pen.fillText(name, isFromRight(name) ? x + width - 8 : x + 6, y + this.rowHeight / 2);
      this.pen.restore();
    }
    this.ask(cells.map(([position]) => position));
  }

  mark(position, colour, thickness) {
    if (position < this.first || position >= this.first + this.span || this.depths[position] < this.depth) return;
    const unit = this.width / this.span, x = (position - this.first) * unit;
    const y = (this.depths[position] - this.depth) * this.rowHeight;
    const width = Math.max(4, this.sizes[position] * unit);
    const left = Math.min(Math.max(0, x - (width === 4 ? 2 : 0)), this.width - width);
    this.pen.strokeStyle = colour;
    this.pen.lineWidth = thickness;
    this.pen.strokeRect(left + thickness / 2, y + thickness / 2, width - thickness, this.rowHeight - 1 - thickness);
  }

  at(event) {
    const row = Math.floor(event.offsetY / this.rowHeight) + this.depth;
    const right = Math.floor((event.offsetX / this.width) * this.span);
    let place = this.first + Math.min(Math.max(right, 0), this.span - 1);
    if (this.depths[place] < row) return -1;
    while (this.depths[place] > row) place = this.parents[place];
    return place;
  }

  // Names come for the cells that are wide enough, and for the one that is picked.
  async ask(positions) {
    const wanted = positions.filter((one) => !this.names.has(one)).slice(0, 200);
    if (!wanted.length) return;
    for (const one of wanted) this.names.set(one, null);
    const address = new URL(this.canvas.dataset.names, location.href);
    address.searchParams.set("duns", wanted.map((one) => this.dunsOf(one)).join(","));
    const answer = await fetch(address);
    if (!answer.ok) return;
    const found = await answer.json();
    for (const one of wanted) this.names.set(one, found[this.dunsOf(one)] ?? null);
    this.paint();
    if (wanted.includes(this.told)) this.tell(this.told);
  }

  pick(position) {
    if (position === this.told) return;
    clearTimeout(this.waits);
    if ((this.told = position) < 0) return;
    this.tell(position);
    this.waits = setTimeout(() => this.ask([position]), 60);
  }

  tell(position) {
    const member = this.names.get(position);
    const link = document.createElement(this.canvas.dataset.around ? "a" : "b");
    if (this.canvas.dataset.around) {
      const around = new URL(this.canvas.dataset.around, location.href);
      around.searchParams.set("focus", this.dunsOf(position));
      around.hash = "outline";
      link.href = around.href;
    }
    const name = member ? shorten(member.name ?? "Without a name") : this.dunsOf(position);
    link.append(Object.assign(document.createElement("bdi"), { textContent: name }));
    const told = [this.dunsOf(position), member?.country, `level ${this.depths[position] + 1}`];
    if (this.sizes[position] > 1) told.push(`${String(this.sizes[position] - 1).replace(/\B(?=(\d{3})+$)/g, "\u202f")} below`);
    if (this.flags[position] & BRANCH) told.push("branch");
    if (this.flags[position] & CYCLIC) told.push("owns itself");
    else if (this.flags[position] & UNPLACED) told.push("no parent above it");
    this.picked.replaceChildren(link, ` · ${told.filter(Boolean).join(" · ")}`);
  }

  zoom(position) {
    this.root = position;
    if (position >= 0 && !this.isInside(this.cursor)) this.cursor = position;
    this.keepInAddress();
    this.paint();
    this.pick(this.cursor);
  }

  isInside(position) { return position >= this.first && position < this.first + this.span; }

  keepInAddress() {
    if (location.protocol === "file:") return;  // a browser does not allow it
    const address = new URL(location.href);
    const set = (name, value) => value ? address.searchParams.set(name, value) : address.searchParams.delete(name);
    set("zoom", this.root < 0 ? "" : this.dunsOf(this.root));
    set("colour", this.colour === "country" ? "" : this.colour);
    history.replaceState(history.state, "", address);
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const from = this.cursor < 0 ? this.first : this.cursor;
    const steps = {
      ArrowDown: () => this.sizes[from] > 1 ? from + 1 : from,
      ArrowUp: () => from === this.root || this.parents[from] < 0 ? from : this.parents[from],
      ArrowRight: () => from + this.sizes[from],
      ArrowLeft: () => this.before(from),
      Home: () => this.first,
    };
    if (steps[event.key]) {
      const to = steps[event.key]();
      if (this.isInside(to)) this.cursor = to;
      this.paint();
      this.pick(this.cursor);
    } else if (event.key === " ") this.zoom(from);
    else if (event.key === "Escape" && this.root >= 0) this.zoom(this.parents[this.root]);
    else if (event.key === "Enter") this.picked.querySelector("a")?.click();
    else return;
    event.preventDefault();
  }

  before(position) {
    if (position <= this.first) return position;
    let one = position - 1;
    while (this.depths[one] > this.depths[position]) one = this.parents[one];
    return this.depths[one] === this.depths[position] ? one : position;
  }
}

function shorten(name) { return name.length > 200 ? `${name.slice(0, 200)}…` : name; }

function isFromRight(text) {
  const letter = text.match(/\p{L}/u)?.[0] ?? "";
  return /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(letter);
}

function isLight(colour) {
  const parts = colour.match(/[\da-f]{2}/gi)?.map((part) => parseInt(part, 16)) ?? [0, 0, 0];
  return 0.299 * parts[0] + 0.587 * parts[1] + 0.114 * parts[2] > 140;
}

const canvas = document.getElementById("icicle");
if (canvas) {
  new Icicle(canvas).load().catch((error) => {
    canvas.hidden = true;
    document.querySelector("[data-picked]").textContent = `${error.message}. The outline below has the same.`;
  });
}
