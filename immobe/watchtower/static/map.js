// The map of /ui/map. The server says what lies in its box (#shown, sent with the list); this draws it, and asks again
// when the map is moved. What portals wrote only ever becomes text.
const L = window.L;
const holder = document.getElementById("map");
const page = document.querySelector(".map-page");
const texts = JSON.parse(holder.dataset.texts);
const types = JSON.parse(holder.dataset.types);
const language = `${document.documentElement.lang}-BE`;
// Chromium has no en-BE, and would write numbers as Americans do. In Belgium German writes them as en-BE does.
const numbers = language === "en-BE" ? "de-BE" : language;
const euro = new Intl.NumberFormat(numbers, { style: "currency", currency: "EUR", maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(language, { notation: "compact", maximumSignificantDigits: 3 });
const plain = new Intl.NumberFormat(numbers);
const BELGIUM = [[49.49, 2.53], [51.51, 6.41]];
const APPROXIMATE_M = 400;
const MUNICIPALITY_M = 2500;

const map = L.map(holder, {
  zoomControl: false, minZoom: 6, maxZoom: 18, zoomSnap: holder.dataset.tiles ? 1 : 0.25, zoomDelta: 1,
  maxBounds: [[46, -3], [55, 12]], worldCopyJump: false, attributionControl: false,
});
map.createPane("borders").style.zIndex = 250;
map.createPane("areas").style.zIndex = 350;
L.control.zoom({ zoomInTitle: texts.zoomIn, zoomOutTitle: texts.zoomOut }).addTo(map);
const credits = L.control.attribution({ prefix: false }).addTo(map);
const places = L.layerGroup().addTo(map);
const markers = new Map();

function shown() {
  return JSON.parse(document.getElementById("shown").dataset.shown);
}

// --- the ground ---------------------------------------------------------------------------------------------------------

function tiles() {
  L.tileLayer(holder.dataset.tiles, { maxZoom: 19 }).addTo(map);
  const credit = document.createElement("span");
  credit.textContent = holder.dataset.attribution;
  credits.addAttribution(credit.innerHTML);
}

async function borders() {
  const known = await (await fetch(holder.dataset.outlines)).json();
  const options = { pane: "borders", interactive: false, smoothFactor: 1.2 };
  const turned = (line) => line.map(([longitude, latitude]) => [latitude, longitude]);
  L.polygon(known.land.map((ring) => [turned(ring)]), { ...options, className: "land" }).addTo(map);
  for (const level of ["canton", "province", "region"]) {
    L.polyline(known.lines[level].map(turned), { ...options, className: `border border-${level}` }).addTo(map);
  }
  towns = known.towns;
  nameTowns();
  map.on("moveend", nameTowns);
  credits.addAttribution(texts.source);
}

// Towns are named where there is room beside each other and beside what lies on the map, the largest first.
let towns = [];
const names = L.layerGroup().addTo(map);
function nameTowns() {
  names.clearLayers();
  const seen = map.getBounds();
  const taken = places.getLayers().filter((layer) => layer instanceof L.Marker).map((layer) => map.latLngToLayerPoint(layer.getLatLng()));
  for (const [name, latitude, longitude] of towns) {
    const at = map.latLngToLayerPoint([latitude, longitude]);
    const crowded = taken.some((other) => Math.abs(other.x - at.x) < 30 + 4 * name.length && Math.abs(other.y - at.y) < 26);
    if (crowded || !seen.contains([latitude, longitude])) continue;
    taken.push(at);
    names.addLayer(L.marker([latitude, longitude], { icon: label("town", name), interactive: false, keyboard: false, pane: "borders" }));
  }
}

// --- what lies on it ------------------------------------------------------------------------------------------------------

function label(classes, text = "") {
  const element = document.createElement("span");
  element.textContent = text;
  return L.divIcon({ className: classes, html: element, iconSize: null });
}

function priced(amount, transaction) {
  if (amount === null) return texts.unpriced;
  return transaction === "rent" ? `${euro.format(amount)} ${texts.rent}` : euro.format(amount);
}

function described(point) {
  const [, , platform, id, price, precision, transaction, type] = point;
  const element = document.createElement("div");
  const link = document.createElement("a");
  link.href = `/ui/listings/${encodeURIComponent(platform)}/${encodeURIComponent(id)}`;
  link.textContent = priced(price, transaction);
  const kind = document.createElement("p");
  kind.textContent = [types[type], precision === "exact" ? null : texts[precision ?? "approximate"]].filter(Boolean).join(" · ");
  element.append(link, kind);
  return element;
}

// Prices are written where there is room for them; the other places are dots.
function drawPoints(points) {
  const spots = new Map();
  for (const point of points) {
    const spot = `${point[0]},${point[1]}`;
    spots.set(spot, [...(spots.get(spot) ?? []), point]);
  }
  const written = [];
  for (const together of spots.values()) {
    const [latitude, longitude, , , price, precision, transaction] = together[0];
    if (precision !== "exact") {
      const radius = precision === "municipality" ? MUNICIPALITY_M : APPROXIMATE_M;
      places.addLayer(L.circle([latitude, longitude], { radius, pane: "areas", interactive: false, className: `area area-${precision}` }));
    }
    const at = map.latLngToLayerPoint([latitude, longitude]);
    const withPrice = !written.some((other) => Math.abs(other.x - at.x) < 96 && Math.abs(other.y - at.y) < 26);
    if (withPrice) written.push(at);
    const prices = together.map((each) => each[4]).filter((each) => each !== null);
    const text = [prices.length ? euro.format(Math.min(...prices)) : "?", together.length > 1 ? `×${together.length}` : ""].join(" ").trim();
    const classes = ["at", withPrice ? "at-price" : "at-dot", transaction === "rent" ? "at-rent" : "", precision === "exact" ? "" : "at-vague"];
    const title = together.length > 1 ? texts.several.replace("{n}", together.length) : priced(price, transaction);
    const marker = L.marker([latitude, longitude], { icon: label(classes.join(" "), withPrice ? text : ""), title, keyboard: withPrice, riseOnHover: true });
    const about = document.createElement("div");
    about.append(...together.map(described));
    marker.bindPopup(about, { maxWidth: 260, autoPan: false });
    const keys = together.map((point) => `${point[2]}/${point[3]}`);
    marker.on("mouseover focus", () => mark(keys));
    marker.on("mouseout blur", () => mark([]));
    places.addLayer(marker);
    for (const key of keys) markers.set(key, marker);
  }
}

// Those that would cover each other at this zoom become one, where most of its listings are.
function merged(clusters) {
  const kept = [];
  for (const [latitude, longitude, count, isExact] of clusters.toSorted((one, other) => other[2] - one[2])) {
    const at = map.latLngToLayerPoint([latitude, longitude]);
    const near = kept.find((other) => Math.abs(other.at.x - at.x) < 46 && Math.abs(other.at.y - at.y) < 36);
    if (near) {
      near.count += count;
      near.isExact &&= isExact;
    } else kept.push({ at, latitude, longitude, count, isExact });
  }
  return kept;
}

function drawClusters(clusters) {
  for (const { latitude, longitude, count, isExact } of merged(clusters)) {
    const size = count >= 1000 ? "at-huge" : count >= 100 ? "at-large" : "";
    const number = isExact ? plain.format(count) : `±${plain.format(count)}`;
    const brief = count < 1000 ? plain.format(count) : short.format(count);
    const marker = L.marker([latitude, longitude], {
      icon: label(`at at-cluster ${size}`, isExact ? brief : `±${brief}`), title: texts.cluster.replace("{n}", number), riseOnHover: true,
    });
    marker.on("click", () => map.setView([latitude, longitude], map.getZoom() + 2));
    places.addLayer(marker);
  }
}

let halo = null;
function draw() {
  const now = shown();
  places.clearLayers();
  markers.clear();
  halo = null;
  if (now.ring) places.addLayer(L.polygon(now.ring, { className: "ring", interactive: false, pane: "areas" }));
  drawPoints(now.points);
  drawClusters(now.clusters);
  nameTowns();
  holder.dataset.count = now.count ?? "";
}

// --- list and map point at each other ----------------------------------------------------------------------------------

function mark(keys) {
  for (const card of document.querySelectorAll("#results [data-listing]")) {
    const isMarked = keys.includes(card.dataset.listing);
    card.classList.toggle("is-marked", isMarked);
    if (isMarked && !card.matches(":hover, :focus-within")) card.scrollIntoView({ block: "nearest" });
  }
}

function point(card) {
  halo?.remove();
  halo = null;
  for (const marker of markers.values()) marker.getElement()?.classList.remove("is-marked");
  if (!card) return;
  markers.get(card.dataset.listing)?.getElement()?.classList.add("is-marked");
  if (!card.dataset.at) return;
  halo = L.marker(card.dataset.at.split(",").map(Number), { icon: label("halo"), interactive: false, keyboard: false, zIndexOffset: -500 }).addTo(map);
}
for (const event of ["mouseover", "focusin"]) {
  document.addEventListener(event, (happened) => point(happened.target.closest?.("#results [data-listing]")));
}

// --- the map's box is a filter ---------------------------------------------------------------------------------------------

let isOwnMove = false;
function go(bounds, options = {}) {
  isOwnMove = true;
  map.fitBounds(bounds, { animate: false, ...options });
  isOwnMove = false;
}

function fit() {
  const now = shown();
  const found = [...now.points, ...now.clusters].map(([latitude, longitude]) => [latitude, longitude]);
  const [west, south, east, north] = now.box?.split(",").map(Number) ?? [];
  if (now.box) go([[south, west], [north, east]]);
  else if (now.ring) go(now.ring, { padding: [20, 20] });
  else if (document.querySelector(".active") && found.length) go(found, { padding: [30, 30], maxZoom: 14 });
  else go(BELGIUM);
}

function question(changes) {
  const form = document.getElementById("filters");
  for (const [name, value] of Object.entries(changes)) form.elements[name].value = value;
  const given = [...new FormData(form)].filter(([name, value]) => value !== "" && name !== "place");
  const asked = new URLSearchParams([...given, ["zoom", Math.round(map.getZoom())]]);
  if (page.dataset.view === "list") asked.set("view", "list");
  return `/ui/map?${asked}`;
}

function ask(changes, headers = {}) {
  return window.htmx.ajax("GET", question(changes), { source: "#results", target: "#results", swap: "outerHTML", headers });
}

function box() {
  const seen = map.getBounds();
  const edges = [seen.getWest(), seen.getSouth(), seen.getEast(), seen.getNorth()];
  return edges.map((edge) => edge.toFixed(4)).join(",");
}

let waiting = 0;
map.on("moveend", () => {
  if (isOwnMove || drawing) return;
  holder.dataset.box = box();
  clearTimeout(waiting);
  waiting = setTimeout(() => ask({ bbox: holder.dataset.box }, { "X-Map-Moved": "true" }), 300);
});
document.addEventListener("htmx:configRequest", () => clearTimeout(waiting));
document.addEventListener("htmx:afterSettle", (event) => {
  if (!["results", "search"].includes(event.detail.target.id)) return;
  draw();
  const now = shown();
  document.getElementById("f-bbox").value = now.box ?? "";
  if (!now.box && now.count !== null) fit();
});

// --- an area that is drawn ---------------------------------------------------------------------------------------------------

const MOST_CORNERS = 100;
const sketch = L.layerGroup().addTo(map);
const help = document.getElementById("draw-help");
const buttons = (id) => document.getElementById(id);
let drawing = false;
let corners = [];

function drawSketch() {
  sketch.clearLayers();
  if (corners.length > 1) sketch.addLayer(L.polygon(corners, { className: "ring", interactive: false }));
  for (const corner of corners) sketch.addLayer(L.marker(corner, { icon: label("corner"), interactive: false, keyboard: false }));
  help.textContent = corners.length ? texts.corner.replace("{n}", corners.length) : texts.drawing;
  buttons("draw-end").disabled = corners.length < 3;
  buttons("draw-undo").disabled = !corners.length;
}

function setDrawing(on) {
  drawing = on;
  corners = [];
  page.classList.toggle("is-drawing", on);
  buttons("draw").hidden = on;
  buttons("drawing").hidden = !on;
  help.hidden = !on;
  map.doubleClickZoom[on ? "disable" : "enable"]();
  drawSketch();
  if (on) holder.focus();
}

function addCorner(at) {
  const last = corners.at(-1);
  if (corners.length >= MOST_CORNERS || (last && last.equals(at))) return;
  corners.push(at);
  drawSketch();
}

function use(ring) {
  const polygon = ring.map(({ lat, lng }) => `${lng.toFixed(5)},${lat.toFixed(5)}`).join(";");
  setDrawing(false);
  buttons("draw").focus();
  ask({ polygon, bbox: "" });
}

map.on("click", (event) => {
  if (drawing) addCorner(event.latlng);
});
buttons("draw").addEventListener("click", () => setDrawing(true));
buttons("draw-cancel").addEventListener("click", () => setDrawing(false));
buttons("draw-end").addEventListener("click", () => use(corners));
buttons("draw-undo").addEventListener("click", () => {
  corners.pop();
  drawSketch();
});
buttons("draw-view").addEventListener("click", () => {
  const seen = map.getBounds().pad(-0.02);
  use([seen.getSouthWest(), seen.getNorthWest(), seen.getNorthEast(), seen.getSouthEast()]);
});
holder.addEventListener("keydown", (event) => {
  if (!drawing || event.target !== holder) return;
  if (event.key === "Enter" || event.key === " ") addCorner(map.getCenter());
  else if (event.key === "Backspace") buttons("draw-undo").click();
  else if (event.key === "Escape") setDrawing(false);
  else return;
  event.preventDefault();
  event.stopPropagation();
});

// --- narrow windows show one of both -------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const chosen = event.target.closest("a[data-view]");
  if (!chosen) return;
  event.preventDefault();
  page.dataset.view = chosen.dataset.view;
  for (const other of document.querySelectorAll("a[data-view]")) other.toggleAttribute("aria-current", other === chosen);
  history.replaceState(history.state, "", chosen.href);
  map.invalidateSize({ pan: false });
});

document.querySelector(".draw").hidden = false;
fit();
draw();
if (holder.dataset.tiles) tiles();
else borders();
holder.dataset.ready = "true";
