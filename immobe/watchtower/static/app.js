// What every page does: keys, menus and dialogs, the token of forms sent by htmx, and telling when the service is away.
const byId = (id) => document.getElementById(id);
const inField = (target) => target.closest("input, select, textarea, [contenteditable]") !== null;

export function say(text) {
  const message = document.createElement("p");
  message.textContent = text;
  byId("messages").append(message);
  setTimeout(() => message.remove(), 6000);
}

function connection() {
  byId("offline").hidden = navigator.onLine;
}
window.addEventListener("online", connection);
window.addEventListener("offline", connection);
connection();

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = document.querySelector('meta[name="csrf-token"]').content;
});
for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, () => say(byId("messages").dataset.failed));
}

// A form that changes something is sent once: until the answer is there its buttons rest. They do so after the event,
// for the pressed one counts among what is sent.
const sending = new WeakMap();
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (sending.has(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    const buttons = [...form.querySelectorAll("button:enabled")];
    sending.set(form, { buttons, pressed: event.submitter });
    setTimeout(() => {
      if (sending.has(form)) for (const button of buttons) button.disabled = true;
    });
  },
  true,
);
function sent(form) {
  const { buttons, pressed } = sending.get(form) ?? { buttons: [] };
  sending.delete(form);
  for (const button of buttons) button.disabled = false;
  if (document.activeElement === document.body) pressed?.focus({ preventScroll: true });
}
document.addEventListener("htmx:afterRequest", (event) => sent(event.detail.elt));
window.addEventListener("pageshow", () => [...document.forms].forEach(sent)); // gone back to

// <button data-open="id"> opens a dialog; a menu closes when the pointer or the focus goes elsewhere. A press on what
// cannot have the focus gives it to what is around it, which is not elsewhere.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) byId(opener.dataset.open).showModal();
  for (const menu of document.querySelectorAll("[data-menu][open]")) {
    if (!menu.contains(event.target) || opener) menu.open = false;
  }
});
document.addEventListener("focusin", (event) => {
  for (const menu of document.querySelectorAll("[data-menu][open]")) {
    if (!menu.contains(event.target) && !event.target.contains(menu)) menu.open = false;
  }
});

// j and k go through whatever is marked with data-listing; the link in it is what Enter opens.
function step(by) {
  const links = [...document.querySelectorAll("[data-listing] a[data-main]")];
  if (!links.length) return;
  const at = links.findIndex((link) => link.closest("[data-listing]").contains(document.activeElement));
  const next = links[Math.min(Math.max(at + by, 0), links.length - 1)];
  next.focus();
  next.closest("[data-listing]").scrollIntoView({ block: "nearest" });
}

// An element with data-key is what its key does: a link is followed, a button pressed.
function press(key) {
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  target?.click();
  return target !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === "Escape") {
    const menu = document.querySelector("[data-menu][open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (inField(event.target)) event.target.blur();
    return;
  }
  if (inField(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "/") (document.querySelector('[data-key="/"]') ?? byId("quick-search")).focus();
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "?") byId("keys").showModal();
  else if (!["s", "m"].includes(event.key) || !press(event.key)) return;
  event.preventDefault();
});
