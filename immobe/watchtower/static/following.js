// Forms whose outcome is shown beside them: a refusal is said where it belongs, an order is followed to its end.
const read = (html) => new DOMParser().parseFromString(html, "text/html");

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
