// The cockpit: it refreshes itself while somebody looks, follows what was started, and says refusals where they belong.
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

// ---- A refusal is said beside the form that it answers, as the error page says it.
document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers.Accept = "text/html";
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  if (xhr.status < 400 || !target.classList.contains("outcome")) return;
  const page = read(xhr.responseText);
  const note = document.createElement("div");
  note.className = "note bad";
  note.setAttribute("role", "alert");
  for (const told of page.querySelectorAll("#main h1, #main [data-told]")) {
    const line = document.createElement(told.matches("h1") ? "b" : "div");
    line.textContent = told.textContent;
    note.append(line);
  }
  event.detail.serverResponse = note.outerHTML;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
});

// ---- Following an order to its end.
function followScrape(section) {
  const url = section.dataset.follow;
  delete section.dataset.follow;
  const events = new EventSource(`${url}/events`);
  const look = () => {
    events.close();
    htmx.ajax("GET", url, { target: section, swap: "outerHTML" });
  };
  events.addEventListener("progress", (event) => {
    if (JSON.parse(event.data).state !== section.dataset.state) look();
  });
  events.addEventListener("end", look);
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(look, 3000);
  });
}

function followJobs(section) {
  const events = new EventSource(section.dataset.jobs);
  const { started, ended, failed } = section.dataset;
  delete section.dataset.jobs;
  const show = (event) => {
    for (const job of JSON.parse(event.data).jobs) {
      const badge = section.querySelector(`[data-job="${CSS.escape(job.job ?? "")}"]`);
      if (!badge || job.state === "waiting") continue;
      const well = job.state !== "ended" || job.exit_code === 0;
      badge.textContent = job.state === "ended" ? (well ? ended : failed) : started;
      badge.className = `badge ${job.state !== "ended" ? "accent" : well ? "good" : "bad"}`;
    }
  };
  events.addEventListener("progress", show);
  events.addEventListener("end", (event) => {
    show(event);
    events.close();
  });
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) events.close();
  });
}

function followAll() {
  for (const section of document.querySelectorAll("[data-follow]")) followScrape(section);
  for (const section of document.querySelectorAll("[data-jobs]")) followJobs(section);
}
document.addEventListener("htmx:afterSettle", followAll);
followAll();
