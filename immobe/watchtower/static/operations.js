// The cockpit: it refreshes itself while somebody looks.
const SECONDS = 5;
const byId = (id) => document.getElementById(id);
const read = (html) => new DOMParser().parseFromString(html, "text/html");

// ---- Refreshing. Each element with data-live and an id is replaced when it has changed; focus and scrolling stay.
const pause = byId("live-pause");
const paused = () => sessionStorage.getItem("cockpit-paused") === "true";
// Focus in a form, an open question: nothing is changed under anybody's hands.
const inUse = (part) => part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");

function replace(part, fresh) {
  if (part.innerHTML === fresh.innerHTML || inUse(part)) return;
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  part.replaceChildren(...fresh.childNodes);
  if (focused) byId(focused)?.focus({ preventScroll: true });
}

async function refresh() {
  if (document.hidden || paused()) return;
  const answer = await fetch(location.href, { headers: { "HX-Request": "true" }, redirect: "error" });
  if (!answer.ok) return;
  const fresh = read(await answer.text());
  for (const part of document.querySelectorAll("[data-live]")) {
    const other = fresh.getElementById(part.id);
    if (other) replace(part, other);
  }
}

async function keepFresh() {
  try {
    await refresh();
  } catch {
    // Away for a moment: the time of the last refresh says how old it is.
  }
  setTimeout(keepFresh, SECONDS * 1000);
}

function showPause() {
  pause.setAttribute("aria-pressed", String(paused()));
  pause.textContent = paused() ? pause.dataset.go : pause.dataset.pause;
}

if (pause) {
  pause.hidden = false;
  pause.addEventListener("click", () => {
    sessionStorage.setItem("cockpit-paused", String(!paused()));
    showPause();
    refresh().catch(() => {});
  });
  showPause();
  document.addEventListener("visibilitychange", () => refresh().catch(() => {}));
  setTimeout(keepFresh, SECONDS * 1000);
}

// ---- Filters: a choice is enough.
document.addEventListener("change", (event) => {
  if (event.target.matches("form[data-auto] select")) event.target.form.requestSubmit();
});
